#include <cmath>

#include <gmock/gmock.h>

#include "analysis/classification_table.h"
#include "analysis/quality_table.h"
#include "analysis/synthetic_study.h"
#include "analysis/table_cells.h"
#include "core/error.h"
#include "io/csv.h"
#include "io/hdf5.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using test::cell;

class Tables : public testing::Test {
 protected:
  Arm write_arm(const std::string& dataset) {
    test::write_synthetic_study(folder_.path(), dataset);
    return read_study(folder_.path()).arms.at(0);
  }
  Table classification(const std::string& dataset, ScoreKind kind) {
    const auto arm = write_arm(dataset);
    return classification_table(arm, read_arm_results(arm), Published(), kind, {.resamples = 200});
  }

  test::TemporaryFolder folder_;
};

TEST_F(Tables, UncertainCountsAsPresentAndMissingAsAbsent) {
  const auto table = classification("mimic", ScoreKind::kCalibrated);
  EXPECT_EQ(table.id, "table1");
  EXPECT_EQ(table.rows.size(), 12);
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "prevalence").value, 15.0 / 40);
}

// Samples 0 to 14 are positive and score highest; 0 to 20 reach the threshold.
TEST_F(Tables, NumbersOfAKnownClassifier) {
  const auto table = classification("mimic", ScoreKind::kCalibrated);
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "auc_orig").value, 1);
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "auc_recon").value, 0);
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "auc_difference").value, -1);
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "accuracy_orig").value, 34.0 / 40);
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "f1_orig").value, 30.0 / 36);
  // The reconstruction's scores of 0.5 and more are those of samples 20 to 39, all absent.
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "accuracy_recon").value, 5.0 / 40);
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "f1_recon").value, 0);
}

TEST_F(Tables, IntervalsHoldTheirNumbers) {
  const auto table = classification("mimic", ScoreKind::kCalibrated);
  for (const auto& number : table.rows.front().cells) {
    EXPECT_LE(number.interval.low, number.value);
    EXPECT_GE(number.interval.high, number.value);
  }
  // Paired: perfect in every resample, so its difference to the reversed scores is exact.
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "auc_difference").interval.low, -1);
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "auc_difference").interval.high, -1);
  EXPECT_GT(cell(table, "Atelectasis", "prevalence").interval.high, cell(table, "Atelectasis", "prevalence").interval.low);
}

TEST_F(Tables, EffusionIsThePathologyOfPleuralEffusion) {
  const auto table = classification("mimic", ScoreKind::kCalibrated);
  EXPECT_DOUBLE_EQ(cell(table, "Pleural Effusion", "prevalence").value, 0.5);
  // Every even sample beats those after it: of 400 pairs, 20 + 19 + … + 1.
  EXPECT_DOUBLE_EQ(cell(table, "Pleural Effusion", "auc_orig").value, 210.0 / 400);
}

TEST_F(Tables, WhatDoesNotExistHasNoValue) {
  const auto table = classification("mimic", ScoreKind::kCalibrated);
  EXPECT_DOUBLE_EQ(cell(table, "Pneumothorax", "prevalence").value, 0); // no positive
  EXPECT_TRUE(std::isnan(cell(table, "Pneumothorax", "auc_orig").value));
  EXPECT_TRUE(std::isnan(cell(table, "Pneumothorax", "f1_orig").value));
  EXPECT_TRUE(std::isnan(cell(table, "Fracture", "prevalence").value)); // not among the classifier's
}

TEST_F(Tables, PublishedValuesStandBeside) {
  const auto mimic = classification("mimic", ScoreKind::kCalibrated);
  EXPECT_EQ(cell(mimic, "Pleural Other", "auc_recon").published, 0.778);
  EXPECT_NEAR(cell(mimic, "Lung Lesion", "auc_difference").published.value(), 0.728 - 0.766, 1e-12);
  EXPECT_EQ(cell(classification("chexpert", ScoreKind::kCalibrated), "Edema", "f1_recon").published, 0.555);
  for (const auto& row : classification("phantom", ScoreKind::kCalibrated).rows) {
    for (const auto& number : row.cells) EXPECT_FALSE(number.published);
  }
}

TEST_F(Tables, RawScoresHaveTheirOwnThreshold) {
  const auto table = classification("chexpert", ScoreKind::kRaw);
  EXPECT_EQ(table.id, "table6_raw");
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "auc_orig").value, 1);
  EXPECT_DOUBLE_EQ(cell(table, "Atelectasis", "accuracy_orig").value, 25.0 / 40); // none reaches 0.5
  EXPECT_FALSE(cell(table, "Atelectasis", "accuracy_orig").published);
}

TEST_F(Tables, QualityComparesOnThePapersScaleOnly) {
  const auto arm = write_arm("mimic");
  const auto table = quality_table(arm, read_arm_results(arm), Published(), {.resamples = 200});
  const auto mean = cell(table, "RMSE (paper's scale)", "mean");
  EXPECT_DOUBLE_EQ(mean.value, 205);
  EXPECT_EQ(mean.published, 31.8);
  EXPECT_LT(mean.interval.low, 205);
  EXPECT_GT(mean.interval.high, 205);
  EXPECT_FALSE(cell(table, "RMSE (8-bit), grey levels", "mean").published);
  EXPECT_DOUBLE_EQ(cell(table, "RMSE (8-bit), grey levels", "median").value, 20.5);
  EXPECT_DOUBLE_EQ(cell(table, "SSIM", "min").value, 0.61);
  EXPECT_TRUE(std::isnan(cell(table, "SSIM", "min").interval.low));
  EXPECT_DOUBLE_EQ(cell(table, "Cosine of DenseNet features", "mean").value, 1);
  EXPECT_DOUBLE_EQ(cell(table, "PSNR (8-bit), dB", "max").value, 33.9); // the infinite one is left out, and said so
  EXPECT_THAT(table.notes, testing::Contains(testing::HasSubstr("PSNR (8-bit), dB: 1 pair(s) left out")));
}

TEST_F(Tables, FrechetDistancesSayWhenInceptionIsRandom) {
  const auto table = fid_table(write_arm("mimic"), {.resamples = 200});
  EXPECT_DOUBLE_EQ(cell(table, "64 features", "whole").value, 0.5);
  EXPECT_DOUBLE_EQ(cell(table, "64 features", "batch_mean").value, 2);
  EXPECT_DOUBLE_EQ(cell(table, "64 features", "batch_sd").value, 1);
  EXPECT_DOUBLE_EQ(cell(table, "2048 features", "whole").value, 12.25);
  EXPECT_TRUE(std::isnan(cell(table, "2048 features", "batch_mean").value));
  EXPECT_THAT(table.notes, testing::Contains(testing::HasSubstr("random weights")));
  test::write_text(folder_ / "fid.json", R"({"fid": {"sixty-four": 1}})");
  EXPECT_THROW(fid_table(read_study(folder_.path()).arms[0], {}), InputError);
}

TEST_F(Tables, TheCommandWritesAllFormats) {
  write_arm("phantom");
  const auto printed = test::printed_tables(folder_.path());
  EXPECT_EQ(printed.rows(), 6 * 5 + 2 * 12 * 8 + 2 * 3);
  EXPECT_EQ(printed.at(0, printed.column("arm")), "Phantoms");
  for (const auto* name : {"tables.md", "tables.csv", "tables.tex"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / "tables" / name)) << name;
}

TEST_F(Tables, RunsOfOtherSamplesAreRefused) {
  const auto arm = write_arm("mimic");
  auto other = hdf5::File::create(folder_ / "original" / "results.h5");
  other.write_strings("ids", std::vector<std::string>(test::kStudySamples, "another"));
  other.close();
  EXPECT_THAT([&] { read_arm_results(arm); }, testing::Throws<InputError>(testing::Property(&InputError::field, "ids, sample 0")));
  std::filesystem::remove(folder_ / "reconstruct" / "results.h5");
  EXPECT_THAT([&] { read_arm_results(arm); }, testing::Throws<InputError>(testing::Property(&InputError::field, "results.h5")));
}

} // namespace
} // namespace cxr
