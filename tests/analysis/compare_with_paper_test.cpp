#include "analysis/compare_with_paper.h"

#include <gtest/gtest.h>

namespace cxr {
namespace {

TEST(Published, LooksUpTheTables) {
  const Published published;
  EXPECT_EQ(published.table("table1_mimic", "Atelectasis", "prevalence"), 0.289);
  EXPECT_EQ(published.table("table6_chexpert", "Pneumothorax", "f1_recon"), 0.179);
  EXPECT_EQ(published.quality("chexpert", "psnr", "sd"), 1.4);
  EXPECT_EQ(published.quality("mimic", "densenet_cosine", "max"), 1.00);
}

TEST(Published, HasNothingForWhatThePaperLacks) {
  const Published published;
  EXPECT_FALSE(published.table("table1_mimic", "Support Devices", "auc_orig"));
  EXPECT_FALSE(published.table("table1_mimic", "Atelectasis", "auc_difference"));
  EXPECT_FALSE(published.table("", "Atelectasis", "auc_orig"));
  EXPECT_FALSE(published.table("table2_chexpert_at_10_macro", "SapBERT", "model_specific")); // blank in the paper
  EXPECT_FALSE(published.quality("phantom", "psnr", "sd"));
  EXPECT_FALSE(published.quality("mimic", "", "mean"));
}

} // namespace
} // namespace cxr
