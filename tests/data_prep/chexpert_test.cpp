#include "data_prep/chexpert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data_prep/small_files.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kHeader =
    "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung "
    "Lesion,Edema,Consolidation,"
    "Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices";

class CheXpert : public testing::Test {
 protected:
  // Rows as the release has them: frontal AP, frontal PA, lateral, and a frontal view of an uncommon position.
  std::string table(const std::string& release, const std::string& line_end = "\n") const {
    const auto path = [&](const char* rest) { return release + "/train/" + rest; };
    return kHeader + line_end +
           path("patient00002/study2/view1_frontal.jpg,Female,87,Frontal,AP,,,-1.0,1.0,,-1.0,-1.0,,-1.0,,-1.0,,1.0,") + line_end +
           path("patient00001/study1/view1_frontal.jpg,Unknown,68,Frontal,PA,1.0,,,,,,,,,0.0,,,,1.0") + line_end +
           path("patient00002/study2/view2_lateral.jpg,Female,87,Lateral,,,,-1.0,1.0,,,,,,,,,1.0,") + line_end +
           path("patient00003/study1/view1_frontal.jpg,Male,41,Frontal,LL,,,,,,,,,,,,,,") + line_end;
  }
  std::vector<std::string> paths(const std::string& view) {
    std::vector<std::string> found;
    for (const auto& item : chexpert_source({folder_.path(), {}, "train", view}).items) found.push_back(item.path);
    return found;
  }
  static constexpr const char* kFirst = "patient00002/study2/view1_frontal.jpg";
  static constexpr const char* kSecond = "patient00001/study1/view1_frontal.jpg";
  static constexpr const char* kThird = "patient00003/study1/view1_frontal.jpg";
  test::TemporaryFolder folder_;
};

TEST_F(CheXpert, ViewsAreFiltered) {
  test::write_text(folder_ / "train.csv", table("CheXpert-v1.0-small"));
  EXPECT_THAT(paths("frontal"), ElementsAre(kFirst, kSecond, kThird));
  EXPECT_THAT(paths("AP"), ElementsAre(kFirst));
  EXPECT_THAT(paths("PA"), ElementsAre(kSecond));
  EXPECT_THAT(paths("all"), SizeIs(4));
}

TEST_F(CheXpert, IdsAndLabels) {
  test::write_text(folder_ / "train.csv", "\xef\xbb\xbf" + table("CheXpert-v1.0", "\r\n"));
  const auto source = chexpert_source({folder_.path(), {}, "train", "frontal"});
  EXPECT_TRUE(source.has_labels);
  EXPECT_EQ(source.items[0].id, "patient00002/study2/view1_frontal");
  EXPECT_EQ(source.items[0].study_id, "patient00002/study2");
  EXPECT_EQ(source.items[0].subject_id, "patient00002");
  EXPECT_THAT(source.items[0].labels, ElementsAre(-2, -2, -1, 1, -2, -1, -1, -2, -1, -2, -1, -2, 1, -2));
  EXPECT_THAT(source.items[1].labels, ElementsAre(1, -2, -2, -2, -2, -2, -2, -2, -2, 0, -2, -2, -2, 1));
}

// One mirror's layout each: the image is found whatever the folders between the root and the patient are called.
TEST_F(CheXpert, EveryLayoutOnDiskIsFound) {
  for (const std::string layout :
       {"", "train/", "CheXpert-v1.0-small/train/", "CheXpert-v1.0 batch 2 (train 1)/", "CheXpert-v1.0 batch 3 (train 2)/"}) {
    SCOPED_TRACE(layout);
    const test::TemporaryFolder root;
    const bool batches = layout.find("batch") != layout.npos;
    test::write_text(batches ? root / "CheXpert-v1.0 batch 1 (validate & csv)/train.csv" : root / "train.csv",
                     table("CheXpert-v1.0"));
    test::write_picture(root / (layout + kSecond), 10);
    const auto source = chexpert_source({root.path(), {}, "train", "PA"});
    EXPECT_EQ(source.read_image(source.items[0])[0][0].item<int>(), 10);
  }
}

TEST_F(CheXpert, ErrorsNameFileLineAndColumn) {
  const auto error = [&](const std::string& text) {
    test::write_text(folder_ / "train.csv", text);
    return test::input_error([&] { chexpert_source({folder_.path(), {}, "train", "frontal"}); });
  };
  auto text = table("CheXpert-v1.0");
  EXPECT_THAT(error(std::string(text).replace(text.find("1.0,,-1.0"), 3, "2.0")),
              HasSubstr("train.csv:2: Lung Opacity: expected 1.0, 0.0, -1.0 or blank, found 2.0"));
  EXPECT_THAT(error(std::string(text).replace(text.find("AP/PA"), 5, "AP PA")), HasSubstr("train.csv: AP/PA: expected a column"));
  EXPECT_THAT(error(std::string(text).replace(text.find("Edema"), 5, "Oedema")), HasSubstr("train.csv: Edema: expected a column"));
  EXPECT_THAT(error(std::string(text).replace(text.find("/train/"), 7, "/split/")), HasSubstr("train.csv:2: Path"));
  const test::TemporaryFolder empty;
  EXPECT_THAT(test::input_error([&] { chexpert_source({empty.path(), {}, "valid", "frontal"}); }), HasSubstr("valid.csv"));
}

TEST_F(CheXpert, AnAbsentImageIsAnInputError) {
  test::write_text(folder_ / "train.csv", table("CheXpert-v1.0"));
  const auto source = chexpert_source({folder_.path(), {}, "train", "frontal"});
  EXPECT_THAT(test::input_error([&] { source.read_image(source.items[0]); }), HasSubstr(kFirst));
}

} // namespace
} // namespace cxr
