#include "analysis/generated_tables.h"

#include <cmath>
#include <set>

#include <gmock/gmock.h>

#include "analysis/paper_methods.h"
#include "analysis/rank_order.h"
#include "analysis/synthetic_generation_study.h"
#include "analysis/synthetic_study.h"
#include "analysis/table_cells.h"
#include "analysis/table_formats.h"
#include "core/error.h"
#include "io/csv.h"
#include "io/hdf5.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using test::cell;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kOriginal = "Stable Diffusion";
constexpr const char* kPrior = "U-Net, no findings and abnormality with prior";
constexpr const char* kOwn = "My_own | method";

class GeneratedTables : public testing::Test {
 protected:
  void SetUp() override { test::write_generation_study(folder_.path()); }

  GenerationResults results() const { return read_generation(read_study(folder_.path())); }
  std::string refusal() const {
    return test::refusal([&] { results(); });
  }
  /// Changes study.toml.
  void replace(const std::string& old, const std::string& text) {
    auto study = test::file_bytes(folder_ / "study.toml");
    study.replace(study.find(old), old.size(), text);
    test::write_text(folder_ / "study.toml", study);
  }
  static std::vector<std::string> keys(const Table& table) {
    std::vector<std::string> keys;
    for (const auto& column : table.columns) keys.push_back(column.key);
    return keys;
  }

  test::TemporaryFolder folder_;
  const BootstrapOptions few_ = {.resamples = 50};
};

TEST_F(GeneratedTables, Table4HasDistancesRanksAndPublishedValues) {
  const auto tables = generated_fid_tables(results(), Published());
  ASSERT_EQ(tables.size(), 2);
  const auto& table = tables[0];
  EXPECT_EQ(table.id, "table4");
  EXPECT_EQ(table.rows.size(), 2); // the third method has no distances
  EXPECT_THAT(keys(table), ElementsAre("negative", "positive", "style", "rank_negative", "rank_positive"));
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "negative").value, 0.4);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "negative").interval.low, 0.39);
  EXPECT_DOUBLE_EQ(cell(table, kPrior, "positive").value, 0.7);
  EXPECT_DOUBLE_EQ(cell(table, kPrior, "style").value, 0.5);
  EXPECT_TRUE(std::isnan(cell(table, kOriginal, "style").value));
  EXPECT_EQ(cell(table, kOriginal, "negative").published, 0.097);
  EXPECT_EQ(cell(table, kPrior, "positive").published, 0.086);
  EXPECT_FALSE(cell(table, kPrior, "style").published);
  // In the paper the original is nearer by the first prompt and farther by the second; here it is the other way round.
  EXPECT_EQ(cell(table, kOriginal, "rank_negative").value, 2);
  EXPECT_EQ(cell(table, kOriginal, "rank_negative").published, 1);
  EXPECT_EQ(cell(table, kPrior, "rank_positive").value, 2);
  EXPECT_EQ(cell(table, kPrior, "rank_positive").published, 1);
  EXPECT_THAT(table.notes, Contains(HasSubstr("-1.00 over 2 methods (negative), -1.00 over 2 methods (positive)")));
  EXPECT_THAT(table.notes, Contains(HasSubstr("ranks compare, values do not")));
  EXPECT_THAT(table.notes, Contains(HasSubstr("4 generated images beside 40 of chexpert.h5 (Pleural Effusion=1)")));
  EXPECT_THAT(table.notes, Not(Contains(HasSubstr("random weights"))));
  const std::vector<Table> shown = {table};
  EXPECT_THAT(markdown(shown), HasSubstr("Rank, negative"));
  EXPECT_THAT(markdown(shown), HasSubstr(" 2 |")); // a rank is no fraction
}

TEST_F(GeneratedTables, EarlierLayersAreATableOfTheirOwn) {
  const auto table = generated_fid_tables(results(), Published()).at(1);
  EXPECT_EQ(table.id, "table4_taps");
  EXPECT_THAT(keys(table), ElementsAre("64_negative", "64_positive", "64_style"));
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "64_positive").value, 0.3);
  EXPECT_FALSE(cell(table, kOriginal, "64_positive").published);
}

TEST_F(GeneratedTables, PublishedDistancesAreOf2048FeaturesAndOfEffusion) {
  test::write_text(folder_ / "fid-original-negative.json",
                   fmt::format(R"({{"weights": "random", "prompt": "{}", "fid": {{"64": 3}}, "real": {{"path": "x", "images": 2}},
                                   "fake": {{"path": "y", "images": 1}}}})",
                               test::kNegativeText));
  replace("\"fid-original-positive.json\", ", "");
  replace("fid = [\"fid-unet-positive.json\", \"fid-unet-negative.json\", \"fid-unet-style.json\"]\n", "");
  const auto tables = generated_fid_tables(results(), Published());
  ASSERT_EQ(tables.size(), 1);
  EXPECT_DOUBLE_EQ(cell(tables[0], kOriginal, "negative").value, 3);
  EXPECT_TRUE(std::isnan(cell(tables[0], kOriginal, "negative").interval.low));
  EXPECT_FALSE(cell(tables[0], kOriginal, "negative").published);
  EXPECT_THAT(tables[0].notes, Contains(HasSubstr("random weights")));
  EXPECT_THAT(generated_measures_tables(results()).at(0).notes, Contains(HasSubstr("random weights")));
  test::write_generation_study(folder_.path());
  replace("finding = \"Pleural Effusion\"", "finding = \"Edema\"");
  EXPECT_FALSE(cell(generated_fid_tables(results(), Published())[0], kOriginal, "negative").published);
  EXPECT_FALSE(cell(generated_classifier_tables(results(), Published(), few_)[0], kOriginal, "auc").published);
}

// Of the original the two prompts score alike: as many of each reach the threshold. The U-Net's positives score above all
// negatives, and one of the four stays below the threshold; the style prompt's images do not count.
TEST_F(GeneratedTables, Table5ClassifiesTheTwoPrompts) {
  const auto tables = generated_classifier_tables(results(), Published(), few_);
  ASSERT_EQ(tables.size(), 2);
  const auto& table = tables[0];
  EXPECT_EQ(table.id, "table5");
  EXPECT_EQ(table.rows.size(), 2); // the third method was not classified
  EXPECT_THAT(keys(table), ElementsAre("prevalence", "auc", "accuracy", "f1", "precision", "recall"));
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "auc").value, 0.5);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "accuracy").value, 0.5);
  EXPECT_DOUBLE_EQ(cell(table, kPrior, "prevalence").value, 0.5);
  EXPECT_DOUBLE_EQ(cell(table, kPrior, "auc").value, 1);
  EXPECT_DOUBLE_EQ(cell(table, kPrior, "accuracy").value, 7.0 / 8);
  EXPECT_DOUBLE_EQ(cell(table, kPrior, "precision").value, 1);
  EXPECT_DOUBLE_EQ(cell(table, kPrior, "recall").value, 0.75);
  EXPECT_DOUBLE_EQ(cell(table, kPrior, "f1").value, 6.0 / 7);
  EXPECT_EQ(cell(table, kPrior, "auc").published, 0.984);
  EXPECT_EQ(cell(table, kOriginal, "recall").published, 0.1);
  EXPECT_THAT(table.notes, Contains(HasSubstr("4 images of the negative prompt and 4 of the positive one a method")));
  // Each resample has as many images of each prompt.
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "prevalence").interval.low, 0.5);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "prevalence").interval.high, 0.5);
  EXPECT_LT(cell(table, kOriginal, "auc").interval.low, cell(table, kOriginal, "auc").interval.high);
}

TEST_F(GeneratedTables, RawScoresHaveNoPublishedValues) {
  const auto table = generated_classifier_tables(results(), Published(), few_).at(1);
  EXPECT_EQ(table.id, "table5_raw");
  EXPECT_DOUBLE_EQ(cell(table, kPrior, "auc").value, 1);
  EXPECT_DOUBLE_EQ(cell(table, kPrior, "recall").value, 0); // none reaches 0.5
  EXPECT_FALSE(cell(table, kPrior, "auc").published);
  EXPECT_THAT(table.notes, Not(Contains(HasSubstr("Published"))));
}

TEST_F(GeneratedTables, AFindingThatTheClassifierLacksHasNoNumbers) {
  replace("finding = \"Pleural Effusion\"", "finding = \"Fracture\"");
  EXPECT_TRUE(std::isnan(cell(generated_classifier_tables(results(), Published(), few_)[0], kPrior, "auc").value));
  replace("finding = \"Fracture\"", "finding = \"Edema\"");
  EXPECT_DOUBLE_EQ(cell(generated_classifier_tables(results(), Published(), few_)[0], kPrior, "auc").value, 0); // the reverse
}

TEST_F(GeneratedTables, FurtherMeasuresByPrompt) {
  const auto tables = generated_measures_tables(results());
  ASSERT_EQ(tables.size(), 3);
  const auto& table = tables[1];
  EXPECT_EQ(table.id, "measures_positive");
  // No file has a recall.
  EXPECT_THAT(keys(table), ElementsAre("kid", "precision", "xrv_fid", "ms_ssim", "nearest", "nearest_min", "closer",
                                       "nearest_features", "closer_features"));
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "kid").value, 0.125);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "kid").interval.high, 0.135);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "precision").value, 0.75);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "precision").interval.low, 0.74);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "xrv_fid").value, 4.5);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "ms_ssim").interval.low, 0.2);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "nearest").value, 4);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "nearest").interval.high, 5.5);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "closer").value, 0.75);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "closer").interval.low, 0.5);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "nearest_min").value, 2.5);
  EXPECT_TRUE(std::isnan(cell(table, kOriginal, "nearest_min").interval.low));
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "nearest_features").value, 2);
  EXPECT_DOUBLE_EQ(cell(table, kOriginal, "closer_features").value, 0.25);
  EXPECT_TRUE(std::isnan(cell(table, kPrior, "ms_ssim").value));
  EXPECT_THAT(table.notes,
              Contains("The nearest pairs of a generated and a training image: p0001-0001 and train-2 (Stable Diffusion, 2.50)."));
  EXPECT_THAT(keys(tables[2]), ElementsAre("kid", "precision")); // of the style prompt
}

TEST_F(GeneratedTables, WhatNoMethodHasMakesNoTable) {
  const auto study = read_study(folder_.path());
  auto images_alone = study;
  images_alone.methods = {study.methods[2]};
  const auto of_images = read_generation(images_alone);
  EXPECT_THAT(generated_fid_tables(of_images, Published()), IsEmpty());
  EXPECT_THAT(generated_classifier_tables(of_images, Published(), few_), IsEmpty());
  EXPECT_THAT(generated_measures_tables(of_images), IsEmpty());
}

TEST_F(GeneratedTables, AMethodThatThePaperLacksIsNotCompared) {
  replace("name = \"Stable Diffusion\"", "name = \"Another\"");
  replace("name = \"U-Net, no findings and abnormality with prior\"", "name = \"U-Net, ours\"");
  const auto table = generated_fid_tables(results(), Published())[0];
  EXPECT_THAT(keys(table), ElementsAre("negative", "positive", "style"));
  EXPECT_FALSE(cell(table, "Another", "negative").published);
  EXPECT_THAT(table.notes, Not(Contains(HasSubstr("aper")))); // nothing is said of the paper
  EXPECT_THAT(generated_classifier_tables(results(), Published(), few_)[0].notes, Not(Contains(HasSubstr("Published"))));
}

TEST_F(GeneratedTables, ADoubtfulNameOfTable5IsNoted) {
  replace("name = \"Stable Diffusion\"", "name = \"Token embedding, style, radiology\"");
  const auto table = generated_classifier_tables(results(), Published(), few_)[0];
  EXPECT_EQ(cell(table, "Token embedding, style, radiology", "auc").published, 0.742);
  EXPECT_THAT(table.notes, Contains(HasSubstr("the paper does not say which")));
}

// A learned token stands in the run's prompts and in the files of this method alone.
TEST_F(GeneratedTables, AMethodsOwnWordsAreItsRowOfThePrompt) {
  const std::string words = "a photo of a <lung-xray>";
  test::write_generate_run(folder_ / "original", {words, test::kPositiveText});
  test::write_text(folder_ / "fid-original-negative.json", test::fid_json(words, 0.4));
  test::write_text(folder_ / "xrv-original-negative.json", test::fid_json(words, 9, "xrv"));
  test::write_text(folder_ / "diversity-negative.json", test::diversity_json(words));
  EXPECT_THAT(refusal(), HasSubstr("the negative prompt of study.toml"));
  replace("generate = \"original\"", fmt::format("generate = \"original\"\nnegative = \"{}\"", words));
  replace("[[method]]", "note = \"Toys.\"\n[[method]]");
  const auto fid = generated_fid_tables(results(), Published()).at(0);
  EXPECT_DOUBLE_EQ(cell(fid, kOriginal, "negative").value, 0.4);
  EXPECT_EQ(cell(fid, kOriginal, "negative").published, 0.097);
  const auto in_own_words = HasSubstr("in a method's own words: \"a photo of a <lung-xray>\" (Stable Diffusion)");
  for (const auto& table :
       {fid, generated_classifier_tables(results(), Published(), few_).at(0), generated_measures_tables(results()).at(0)}) {
    EXPECT_THAT(table.notes, Contains("Toys.")) << table.id;
    EXPECT_THAT(table.notes, Contains(in_own_words)) << table.id;
  }
}

TEST_F(GeneratedTables, TheCommandWritesThemInAllFormats) {
  const auto printed = test::printed_tables(folder_.path());
  EXPECT_EQ(printed.rows(), 2 * 5 + 2 * 3 + 2 * 2 * 6 + 2 * 2 * 9 + 2);
  EXPECT_THAT(test::file_bytes(folder_ / "tables/tables.md"), HasSubstr("### Table 5. Classification of generated images"));
  EXPECT_THAT(test::file_bytes(folder_ / "tables/tables.tex"), HasSubstr("\\label{tab:table4-generatedimages}"));
}

TEST_F(GeneratedTables, RunsThatDoNotFitAreRefused) {
  const std::vector<std::string> one = {test::kNegativeText, "another"};
  test::write_generate_run(folder_ / "own", one);
  EXPECT_THAT(refusal(), HasSubstr("results.h5: prompts: expected \"a photo of a lung xray with visible pleural effusion\", the "
                                   "positive prompt of study.toml, found \"a photo of a lung xray\", \"another\""));
  auto without = hdf5::File::create(folder_ / "own" / "results.h5");
  without.write_strings("ids", {"a"});
  without.close();
  EXPECT_THAT(refusal(), HasSubstr("results.h5: prompts: expected the prompt of each sample, as cxr generate writes"));
  std::filesystem::remove(folder_ / "own" / "results.h5");
  EXPECT_THAT(refusal(), HasSubstr("results.h5: expected a finished run"));
}

TEST_F(GeneratedTables, AMissingRunOfTheClassifierIsNamed) {
  test::write_generated_scores(folder_ / "original-scores", {0.5F, 0.5F, 0.5F});
  EXPECT_THAT(refusal(), HasSubstr("original-scores/results.h5: ids: expected 8 samples, as "));
  std::filesystem::copy_file(folder_ / "original" / "results.h5", folder_ / "original-scores" / "results.h5",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), HasSubstr("scores: expected a dataset with the attribute names"));
}

TEST_F(GeneratedTables, MeasurementsThatDoNotFitAreRefused) {
  const auto refused = [&](const std::string& file, const std::string& content) {
    const auto before = test::file_bytes(folder_ / file);
    test::write_text(folder_ / file, content);
    auto message = refusal();
    if (message == "nothing was refused") message = test::refusal([&] { generated_fid_tables(results(), Published()); });
    if (message == "nothing was refused") message = test::refusal([&] { generated_measures_tables(results()); });
    test::write_text(folder_ / file, before);
    return message;
  };
  const std::string fid = "fid-original-negative.json", diversity = "diversity-negative.json";
  EXPECT_THAT(refused(fid, R"({"fid": {"64": 1}})"), HasSubstr(fid + ": prompt: expected the prompt of the generated images"));
  EXPECT_THAT(refused(fid, test::fid_json("a cat", 1)), HasSubstr("prompt: expected one of study.toml"));
  EXPECT_THAT(refused(fid, test::fid_json(test::kPositiveText, 1)), HasSubstr("prompt: expected another than that of"));
  EXPECT_THAT(refused(fid, test::fid_json(test::kNegativeText, 1, "resnet")), HasSubstr("network: expected inception or xrv"));
  EXPECT_THAT(refused(fid, R"({"prompt": "a"})"), HasSubstr("fid: expected distances by feature count"));
  EXPECT_THAT(refused(fid, R"({"prompt": "a photo of a lung xray", "fid": {"64": "far"}})"), HasSubstr("fid, 64"));
  EXPECT_THAT(refused(fid, R"({"prompt": "a photo of a lung xray", "fid": {"64": 1}, "fid_interval": {"64": [1]},
                               "real": {"path": "r", "images": 1}, "fake": {"path": "f", "images": 1}})"),
              HasSubstr("expected [low, high], found a list of 1"));
  EXPECT_THAT(refused(fid, R"({"prompt": "a photo of a lung xray", "fid": {"64": 1}})"), HasSubstr("real: expected an object"));
  EXPECT_THAT(refused(fid, "not JSON"), HasSubstr("expected JSON"));
  EXPECT_THAT(refused(diversity, "{}"), HasSubstr(diversity + ": ms_ssim: expected the pairs' similarity"));
  EXPECT_THAT(refused(diversity, R"({"ms_ssim": {"mean": 1}})"), HasSubstr("prompt: expected the prompt of the images"));
  EXPECT_THAT(refused(diversity, R"({"ms_ssim": {"mean": "high"}, "prompt": "a photo of a lung xray"})"),
              HasSubstr("ms_ssim.mean"));
  EXPECT_THAT(refused(diversity, R"({"ms_ssim": {"mean": 1}, "prompt": "a photo of a lung xray", "nearest": [{"id": "a"}]})"),
              HasSubstr("nearest, distance: expected a number"));
  EXPECT_THAT(refused(diversity, R"({"ms_ssim": {"mean": 1}, "prompt": "a photo of a lung xray", "nearest": [3]})"),
              HasSubstr("nearest, distance: expected a number"));
}

TEST(PaperMethods, EveryNameIsOneOfThePapersRows) {
  const Published published;
  const std::vector<std::string> table4 = {"Stable Diffusion",
                                           "CXR-BERT-specialized, document-level projection",
                                           "CXR-BERT-specialized, token-level projection",
                                           "Token embedding, object, radiology",
                                           "Token embedding, style, radiology",
                                           "U-Net, no findings and abnormality",
                                           "U-Net, no findings and abnormality with prior"};
  std::set<std::string_view> rows;
  for (const auto& name : table4) {
    EXPECT_TRUE(published.table("table4_fid", name, table4_column("negative"))) << name;
    EXPECT_TRUE(published.table("table4_fid", name, table4_column("positive"))) << name;
    ASSERT_TRUE(table5_name(name)) << name;
    EXPECT_TRUE(published.table("table5_effusion_classifier", std::string(table5_name(name)->row), "auc")) << name;
    rows.insert(table5_name(name)->row);
  }
  EXPECT_EQ(rows.size(), 6); // all of Table 5
  EXPECT_FALSE(table5_name("U-Net, no findings"));
  EXPECT_FALSE(table5_name("anything else"));
  EXPECT_EQ(published.table("table4_fid", "Token embedding, style, lung", table4_column("style")), 0.083);
}

TEST(RankOrder, IsSpearmans) {
  const std::vector<double> a = {3, 1, 4, 1, 5}, b = {2, 7, 1, 8, 2}, same = {1, 1, 1, 1, 1};
  EXPECT_THAT(mid_ranks(a), ElementsAre(3, 1.5, 4, 1.5, 5));
  EXPECT_NEAR(spearman(a, b), -0.7894736842105264, 1e-15); // scipy.stats.spearmanr
  EXPECT_DOUBLE_EQ(spearman(a, a), 1);
  EXPECT_TRUE(std::isnan(spearman(a, same)));
  EXPECT_TRUE(std::isnan(spearman({}, {})));
}

} // namespace
} // namespace cxr
