#include "data_prep/reports.h"

#include <gmock/gmock.h>

#include "data/text_set.h"
#include "data_prep/commands.h"
#include "data_prep/small_files.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kZip = fs::path(CXR_FIXTURES) / "reports/mimic-cxr-reports.zip";
constexpr const char* kLabelHeader =
    "subject_id,study_id,Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,Lung Lesion,Lung Opacity,"
    "No Finding,Pleural Effusion,Pleural Other,Pneumonia,Pneumothorax,Support Devices\n";

class Reports : public testing::Test {
 protected:
  int run(const std::string& options) {
    CLI::App app;
    const auto command = prep_reports_command(app);
    app.parse(fmt::format("reports {} --out {}", options, out_.string()), false);
    return command.run();
  }
  // The zip's reports as files in folders, with images beside them that must not matter.
  void unpack() {
    const ReportFiles zip(kZip);
    for (const auto& report : zip.list()) test::write_text(root_ / report.path, zip.read(report));
    test::write_text(root_ / "files/p10/p10000032/s50000001/s50000009.txt", "no report: it lies among a study's images");
    test::write_text(root_ / "README.txt", "none");
  }
  std::vector<std::string> column(bool texts) const {
    const TextSet set(out_);
    return texts ? set.texts(0, set.size()) : set.ids(0, set.size());
  }
  test::TemporaryFolder root_;
  fs::path out_ = root_ / "set.h5";
};

TEST_F(Reports, ZipAndFoldersGiveTheSameSet) {
  EXPECT_EQ(run("--zip " + kZip.string()), kDone);
  EXPECT_THAT(column(false), ElementsAre("s50000001", "s50000002", "s50000004")); // the order of the paths
  EXPECT_THAT(column(true), ElementsAre("No acute process.", "Old fractures.", "Na\uFFFDve \u00e9."));
  EXPECT_FALSE(TextSet(out_).labels().defined());
  fs::remove(out_);
  unpack();
  EXPECT_EQ(run("--root " + root_.path().string()), kDone);
  EXPECT_THAT(column(false), ElementsAre("s50000001", "s50000002", "s50000004"));
  EXPECT_THAT(column(true), ElementsAre("No acute process.", "Old fractures.", "Na\uFFFDve \u00e9."));
}

TEST_F(Reports, WhatIsLeftOutIsCounted) {
  const auto found = read_impressions({.reports = kZip, .tables = root_.path()});
  EXPECT_EQ(found.reports, 4);
  EXPECT_EQ(found.empty, 1);
  EXPECT_EQ(found.repaired, 1);
}

TEST_F(Reports, LabelsAreJoinedByStudy) {
  test::write_gzip(root_ / "mimic-cxr-2.0.0-chexpert.csv.gz",
                   std::string(kLabelHeader) + "10000032,50000001,,,,,,,,,1.0,,,,,\n12000001,50000004,-1.0,,,,,1.0,,,,,,,,\n");
  EXPECT_EQ(run(fmt::format("--zip {} --tables {}", kZip.string(), root_.path().string())), kDone);
  const auto labels = TextSet(out_).labels();
  EXPECT_EQ(labels[0][0].item<int>(), kPositive);     // No Finding
  EXPECT_EQ(labels[1][0].item<int>(), kNotMentioned); // a study without a row
  EXPECT_EQ(labels[2][12].item<int>(), kPositive);    // Fracture
  EXPECT_EQ(labels[2][8].item<int>(), kUncertain);    // Atelectasis
}

TEST_F(Reports, TheStudysSampleTakesOneClassReports) {
  test::write_text(root_ / "mimic-cxr-2.0.0-chexpert.csv",
                   std::string(kLabelHeader) +
                       "10000032,50000001,,,,,,,,,1.0,,,,,\n11000764,50000002,1.0,,,,,1.0,,,,,,,,\n"
                       "12000001,50000004,-1.0,,,,,1.0,,,,,,,,\n");
  const auto options = fmt::format("--zip {} --tables {} --sample study --per-class 1", kZip.string(), root_.path().string());
  EXPECT_THAT(test::input_error([&] { run(options); }),
              HasSubstr("found Enlarged Cardiomediastinum has 0 such reports, 1 are wanted; Cardiomegaly has 0"));
  EXPECT_FALSE(fs::exists(out_));
  EXPECT_EQ(run(options + " --allow-fewer --seed 5"), kDone);
  EXPECT_THAT(column(false), ElementsAre("s50000001", "s50000004"));
  EXPECT_EQ(TextSet(out_).attributes().at("seed"), "5");
  EXPECT_EQ(TextSet(out_).attributes().at("sample"), "study");
}

TEST_F(Reports, TheStudysSampleNeedsLabels) {
  EXPECT_THAT(
      test::input_error([&] { run(fmt::format("--zip {} --tables {} --sample study", kZip.string(), root_.path().string())); }),
      HasSubstr("mimic-cxr-2.0.0-chexpert.csv"));
}

TEST_F(Reports, AReportALine) {
  test::write_text(root_ / "lines.txt", "First.\r\n\n  \nNa\xefve.\nLast, without an end");
  EXPECT_EQ(run("--text " + (root_ / "lines.txt").string()), kDone);
  EXPECT_THAT(column(false), ElementsAre("1", "4", "5"));
  EXPECT_THAT(column(true), ElementsAre("First.", "Na\uFFFDve.", "Last, without an end"));
}

TEST_F(Reports, BadInputIsRefused) {
  const auto told = [&](const std::string& options) { return test::input_error([&] { run(options); }); };
  test::write_text(root_ / "blank.txt", "\n \n");
  test::write_text(root_ / "files/p10/p10000032/s1.txt", " FINAL REPORT\n EXAM:  Chest.\n");
  test::write_text(root_ / "empty/readme.txt", "none");
  auto bytes = test::read_bytes(kZip);
  test::write_text(root_ / "cut.zip", bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(told(""), HasSubstr("expected --root, --zip or --text, found none of them"));
  EXPECT_THAT(told("--text " + (root_ / "blank.txt").string()), HasSubstr("expected a report a line, found 2 blank lines"));
  EXPECT_THAT(told("--text " + (root_ / "absent").string()), HasSubstr("absent: expected a file with a report a line, found none"));
  EXPECT_THAT(told("--root " + root_.path().string()), HasSubstr("expected reports with an impression, found none in 1"));
  EXPECT_THAT(told("--root " + (root_ / "empty").string()), HasSubstr("expected reports named as s50414267.txt, found none"));
  EXPECT_THAT(told("--zip " + (root_ / "cut.zip").string()),
              HasSubstr("end record: expected one at the end of the file (truncated?)"));
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(Reports, TwoReportsOfAStudyAreRefused) {
  test::write_text(root_ / "files/p10/a/s1.txt", "x");
  test::write_text(root_ / "files/p10/b/s1.txt", "x");
  EXPECT_THAT(test::input_error([&] { ReportFiles(root_.path()).list(); }), HasSubstr("b/s1.txt: expected one report a study"));
}

TEST_F(Reports, FoundByStudyInFoldersAndZip) {
  unpack();
  for (const auto& path : {kZip, root_.path()}) {
    const ReportFiles files(path);
    EXPECT_THAT(files.find("10000032", "50000003").value(), HasSubstr("EXAM:  Chest."));
    EXPECT_EQ(files.find("10000032", "59999999"), std::nullopt);
  }
}

} // namespace
} // namespace cxr
