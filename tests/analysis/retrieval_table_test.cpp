#include "analysis/retrieval_table.h"

#include <cmath>

#include <gmock/gmock.h>

#include "analysis/synthetic_text_study.h"
#include "analysis/table_cells.h"
#include "analysis/table_formats.h"
#include "core/error.h"
#include "data/image_set.h"
#include "io/csv.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using test::cell;
using testing::Contains;
using testing::HasSubstr;

constexpr double kClassMean = 6.5; // of 0 to 13, in percent

class RetrievalTables : public testing::Test {
 protected:
  void SetUp() override { test::write_synthetic_text_study(folder_.path()); }

  TextStudyResults results() const { return read_text_study(read_study(folder_.path())); }

  test::TemporaryFolder folder_;
  const BootstrapOptions few_ = {.resamples = 50};
};

TEST_F(RetrievalTables, MacroAveragesByEncoderAndExtraction) {
  const auto table = macro_table(results(), Published(), few_);
  EXPECT_EQ(table.id, "table2");
  EXPECT_NEAR(cell(table, "CLIP", "cls").value, 20 + kClassMean, 1e-9);
  EXPECT_NEAR(cell(table, "CLIP", "pooler").value, 50 + kClassMean, 1e-9);
  // Within a class all scores are equal, so a resample of each class changes nothing.
  EXPECT_NEAR(cell(table, "CLIP", "cls").interval.low, 20 + kClassMean, 1e-9);
  EXPECT_EQ(cell(table, "CLIP", "pooler").published, 52.9);
  EXPECT_FALSE(cell(table, "CLIP", "specific").published);
  EXPECT_FALSE(cell(table, "Toy | BERT", "cls").published);
  EXPECT_THAT(table.notes, Contains(HasSubstr("but for CLIP Mean: cosine")));
  EXPECT_THAT(table.notes, Contains(HasSubstr("Published values: Chambon")));
}

TEST_F(RetrievalTables, WhatTheEncoderLacksIsNone) {
  const auto table = macro_table(results(), Published(), few_);
  EXPECT_TRUE(std::isnan(cell(table, "Toy | BERT", "mean").value));
  const std::vector<Table> tables = {table};
  EXPECT_THAT(markdown(tables), HasSubstr("None |"));
  EXPECT_THAT(latex(tables), HasSubstr("& None"));
  EXPECT_THAT(csv(tables), HasSubstr("table2,text encoders,Toy | BERT,mean,,,,\n"));
}

TEST_F(RetrievalTables, TheBestExtractionCarriesOver) {
  const auto table = class_table(results(), Published(), few_);
  EXPECT_EQ(table.id, "table3");
  ASSERT_EQ(table.rows.size(), 15);
  EXPECT_EQ(table.rows[0].label, "Atelectasis"); // the paper's order
  EXPECT_EQ(table.rows[13].label, "Support Devices");
  EXPECT_NEAR(cell(table, "No Finding", "CLIP").value, 50, 1e-9);
  EXPECT_NEAR(cell(table, "Support Devices", "CLIP").value, 63, 1e-9);
  EXPECT_NEAR(cell(table, "Macro", "CLIP").value, 50 + kClassMean, 1e-9);
  EXPECT_NEAR(cell(table, "Macro", "Bag of words").value, 40 + kClassMean, 1e-9);
  EXPECT_EQ(cell(table, "Macro", "Bag of words").published, 41.5);
  EXPECT_EQ(cell(table, "Edema", "CLIP").published, 72.0);
  EXPECT_THAT(table.notes, Contains(HasSubstr("CLIP Pooler, Toy | BERT CLS"))); // of equals the first
}

TEST_F(RetrievalTables, PublishedMacrosAreTheMeansOfTheirRowsAndTheBestOfTable2) {
  const Published published;
  for (const auto* name :
       {"Bag of words", "PubMedBERT", "ClinicalBERT", "SapBERT", "RadBERT", "CXR-BERT-general", "CXR-BERT-specialized", "CLIP"}) {
    double sum = 0, best = 0;
    for (const auto label : kCheXpertLabels) sum += published.table("table3_chexpert_at_10", std::string(label), name).value();
    const auto macro = published.table("table3_chexpert_at_10", "Macro", name).value();
    EXPECT_NEAR(sum / 14, macro, 0.051) << name; // one decimal
    for (const auto* column : {"cls", "mean", "pooler", "model_specific"})
      best = std::max(best, published.table("table2_chexpert_at_10_macro", name, column).value_or(0));
    if (best == 0) continue; // the bag of words is not in Table 2
    EXPECT_EQ(best, macro) << name;
  }
}

TEST_F(RetrievalTables, OtherNeighbourCountsHaveNoPublishedValues) {
  for (const auto* run : {"clip-cls", "clip-mean", "clip-pooler", "bert-cls", "bert-specific", "words"})
    test::write_retrieve_run(folder_ / run, 0.5, "dot", 5);
  const auto table = macro_table(results(), Published(), few_);
  EXPECT_THAT(table.title, HasSubstr("CheXpert@5"));
  EXPECT_FALSE(cell(table, "CLIP", "pooler").published);
  EXPECT_THAT(table.notes, testing::Not(Contains(HasSubstr("Published"))));
}

TEST_F(RetrievalTables, RunsOfOtherReportsAreRefused) {
  test::write_retrieve_run(folder_ / "bert-cls", 0.5, "dot", 5);
  EXPECT_THAT(test::refusal([&] { results(); }), HasSubstr("bert-cls: k: expected 10"));
  std::filesystem::remove(folder_ / "bert-cls" / "results.h5");
  EXPECT_THAT(test::refusal([&] { results(); }), HasSubstr("bert-cls"));
}

TEST_F(RetrievalTables, TheCommandWritesThem) {
  const auto printed = test::printed_tables(folder_.path());
  EXPECT_EQ(printed.rows(), 2 * 4 + 15 * 3);
}

TEST_F(RetrievalTables, ABagOfWordsAloneHasTable3) {
  const auto study = Study{.folder = folder_.path(), .bag_of_words = folder_ / "words"};
  EXPECT_EQ(class_table(read_text_study(study), Published(), few_).columns.size(), 1);
}

} // namespace
} // namespace cxr
