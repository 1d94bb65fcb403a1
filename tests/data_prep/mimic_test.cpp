#include "data_prep/mimic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data_prep/small_files.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Mimic : public testing::Test {
 protected:
  Mimic() {
    test::write_gzip(
        root_ / "mimic-cxr-2.0.0-metadata.csv.gz",
        "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime\n"
        "aaaa,10000032,50000001,\"CHEST (PA, LAT)\",PA,24,32,21800506,213014.531\n"
        "bbbb,10000032,50000001,CHEST,LATERAL,24,32,21800506,213014.531\n"
        "cccc,11000764,50000002,,AP,24,32,21800626,165500.312\n"
        "dddd,11000764,50000003,,,24,32,21800626,165500.312\n");
    test::write_text(root_ / "mimic-cxr-2.0.0-split.csv", // the columns' order differs between releases
                     "split,dicom_id,study_id,subject_id\ntrain,aaaa,50000001,10000032\ntest,cccc,50000002,11000764\n");
    test::write_text(root_ / "mimic-cxr-2.0.0-chexpert.csv", labels("1.0,,,,,,,,0.0,,,,-1.0,"));
    test::write_gzip(root_ / "mimic-cxr-2.0.0-negbio.csv.gz", labels(",,,,,,,,1.0,,,,,"));
    test::write_text(report_, "                                 FINAL REPORT\n NDICATION:  Cough.\n \n FINDINGS:  Clear lungs.\n");
  }
  static std::string labels(const std::string& values) {
    return "subject_id,study_id,Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,Lung Lesion,Lung "
           "Opacity,"
           "No Finding,Pleural Effusion,Pleural Other,Pneumonia,Pneumothorax,Support Devices\n10000032,50000001," +
           values + "\n";
  }
  MimicOptions options(const std::string& view = "frontal") const {
    MimicOptions given;
    given.root = root_.path();
    given.view = view;
    return given;
  }
  static std::vector<std::string> ids(const MimicOptions& given) {
    std::vector<std::string> found;
    for (const auto& item : mimic_source(given).items) found.push_back(item.id);
    return found;
  }
  test::TemporaryFolder root_;
  std::filesystem::path report_ = root_ / "files/p10/p10000032/s50000001.txt";
};

TEST_F(Mimic, ViewsAndSplitsAreFiltered) {
  EXPECT_THAT(ids(options()), ElementsAre("aaaa", "cccc"));
  EXPECT_THAT(ids(options("AP")), ElementsAre("cccc"));
  EXPECT_THAT(ids(options("all")), ElementsAre("aaaa", "bbbb", "cccc", "dddd"));
  auto test_split = options("all");
  test_split.split = "test";
  EXPECT_THAT(ids(test_split), ElementsAre("cccc"));
}

TEST_F(Mimic, LabelsAreJoinedByStudy) {
  auto given = options();
  auto items = mimic_source(given).items;
  EXPECT_EQ(items[0].path, "p10/p10000032/s50000001/aaaa");
  EXPECT_THAT(items[0].labels, ElementsAre(0, -2, -2, -2, -2, -2, -2, -2, 1, -1, -2, -2, -2, -2));
  EXPECT_THAT(items[1].labels, testing::Each(kNotMentioned)); // a study without a row
  given.label_source = "negbio";
  items = mimic_source(given).items;
  EXPECT_THAT(items[0].labels, ElementsAre(1, -2, -2, -2, -2, -2, -2, -2, -2, -2, -2, -2, -2, -2));
}

TEST_F(Mimic, WithoutALabelTableTheSetHasNone) {
  std::filesystem::remove(root_ / "mimic-cxr-2.0.0-chexpert.csv");
  EXPECT_FALSE(mimic_source(options()).has_labels);
  auto given = options();
  given.label_source = "chexpert"; // asked for by name
  EXPECT_THAT(test::input_error([&] { mimic_source(given); }), HasSubstr("mimic-cxr-2.0.0-chexpert.csv"));
}

TEST_F(Mimic, ReportsLieBesideTheStudysFolder) {
  auto given = options();
  auto source = mimic_source(given);
  EXPECT_EQ(source.read_report(source.items[0]).report, test::read_bytes(report_));
  EXPECT_EQ(source.read_report(source.items[0]).impression, "Cough."); // the reference's oddity
  EXPECT_EQ(source.read_report(source.items[1]).report, "");
  given.sections = SectionsRule::kFixed;
  source = mimic_source(given);
  EXPECT_EQ(source.read_report(source.items[0]).impression, "Clear lungs.");
}

TEST_F(Mimic, ReportsMayBeTheZip) {
  auto given = options();
  given.reports = std::filesystem::path(CXR_FIXTURES) / "reports/mimic-cxr-reports.zip";
  const auto source = mimic_source(given);
  EXPECT_EQ(source.read_report(source.items[0]).impression, "No acute process.");
  EXPECT_EQ(source.read_report({"", "", "59999999", "10000032", {}}).report, ""); // no report of that study
}

TEST_F(Mimic, JpegDicomAndGzippedDicomAreFound) {
  const auto source = mimic_source(options());
  const auto stem = (root_ / "files").string() + "/" + source.items[0].path;
  test::write_dicom(stem + ".dcm", 10, "PA");
  const auto equalized = source.read_image(source.items[0]);
  EXPECT_CLOSE(equalized, read_dicom(stem + ".dcm", DicomRule::kEqualize), 0);
  test::write_gzip(stem + ".dcm.gz", test::read_bytes(stem + ".dcm"));
  std::filesystem::remove(stem + ".dcm");
  EXPECT_CLOSE(source.read_image(source.items[0]), equalized, 0);
  test::write_picture(stem + ".jpg", 10);
  EXPECT_EQ(source.read_image(source.items[0])[0][0].item<int>(), 10); // the JPG release is as it should be
  EXPECT_THAT(test::input_error([&] { source.read_image(source.items[1]); }), HasSubstr("cccc"));
}

TEST_F(Mimic, TablesAndReportsMayLieElsewhere) {
  const test::TemporaryFolder images;
  auto given = options();
  given.root = images.path();
  EXPECT_THAT(test::input_error([&] { mimic_source(given); }), HasSubstr("mimic-cxr-2.0.0-metadata.csv"));
  given.tables = given.reports = root_.path();
  const auto source = mimic_source(given);
  EXPECT_EQ(source.items.size(), 2u);
  EXPECT_EQ(source.read_report(source.items[0]).impression, "Cough.");
}

} // namespace
} // namespace cxr
