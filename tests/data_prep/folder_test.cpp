#include "data_prep/folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data_prep/small_files.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class Folder : public testing::Test {
 protected:
  Folder() {
    test::write_picture(root_ / "a/one.JPG", 10);
    test::write_picture(root_ / "a/b/two.png", 20);
    test::write_dicom(root_ / "three.dcm", 30, "PA");
    test::write_gzip(root_ / "four.dcm.gz", test::read_bytes(root_ / "three.dcm"));
    test::write_text(root_ / "notes.txt", "no image");
    test::write_text(root_ / ".png", "no name");
  }
  std::vector<std::string> paths(const std::string& view = "all") {
    std::vector<std::string> found;
    for (const auto& item : folder_source({root_.path(), {}, "", view, DicomRule::kWindow}).items) found.push_back(item.path);
    return found;
  }
  Source labelled(const std::string& csv, const std::string& key = "") {
    test::write_text(root_ / "labels.csv", csv);
    return folder_source({root_.path(), root_ / "labels.csv", key, "all", DicomRule::kWindow});
  }
  test::TemporaryFolder root_;
};

TEST_F(Folder, FindsImagesOfEveryKindInSubfolders) {
  EXPECT_THAT(paths(), UnorderedElementsAre("a/one.JPG", "a/b/two.png", "three.dcm", "four.dcm.gz"));
  EXPECT_THAT(paths("frontal"), UnorderedElementsAre("three.dcm", "four.dcm.gz")); // views are known of DICOM alone
  EXPECT_THAT(paths("AP"), ElementsAre());
}

// It counts as damaged where it is decoded (--max-bad), and does not end the listing.
TEST_F(Folder, ListsADicomFileWhoseViewCannotBeRead) {
  const auto whole = test::read_bytes(root_ / "three.dcm");
  test::write_text(root_ / "cut.dcm", whole.substr(0, whole.size() / 3));
  EXPECT_THAT(paths("PA"), UnorderedElementsAre("three.dcm", "four.dcm.gz", "cut.dcm"));
}

TEST_F(Folder, ReadsEachKind) {
  const auto source = folder_source({root_.path(), {}, "", "all", DicomRule::kMinMax});
  EXPECT_FALSE(source.has_labels);
  for (const auto& item : source.items) {
    const auto image = source.read_image(item);
    EXPECT_EQ(image.sizes(), at::IntArrayRef({24, 32})) << item.path;
    EXPECT_LT(image[0][0].item<int>(), image[23][31].item<int>()) << item.path; // MONOCHROME1 is inverted
  }
}

TEST_F(Folder, LabelsByPathNameOrStem) {
  auto source = labelled(
      "study_id,image,Edema,Pneumonia\ns1,a/one.JPG,1,\ns2,two,0.0,-1\ns3,elsewhere.png,1,1\ns4,four.dcm.gz,,1\n", "image");
  std::ranges::sort(source.items, {}, &SourceItem::path);
  EXPECT_TRUE(source.has_labels);
  EXPECT_EQ(source.items[1].path, "a/one.JPG");
  EXPECT_EQ(source.items[1].study_id, "s1");
  EXPECT_EQ(source.items[1].labels[5], kPositive);
  EXPECT_EQ(source.items[1].labels[7], kNotMentioned);
  EXPECT_EQ(source.items[0].labels[5], kNegative);
  EXPECT_EQ(source.items[0].labels[7], kUncertain);
  EXPECT_EQ(source.items[2].labels[7], kPositive);
  EXPECT_THAT(source.items[3].labels, testing::Each(kNotMentioned));
}

TEST_F(Folder, LabelErrorsNameFileLineAndColumn) {
  const auto error = [&](const std::string& csv, const std::string& key = "") {
    return test::input_error([&] { labelled(csv, key); });
  };
  EXPECT_THAT(error("image,Edema\none,maybe\n"), HasSubstr("labels.csv:2: Edema"));
  EXPECT_THAT(error("image,Oedema\none,1\n"), HasSubstr("a column of No Finding"));
  EXPECT_THAT(error("image,Edema\none,1\n", "file"), HasSubstr("file: expected a column"));
  EXPECT_THAT(error("image,Edema\none,1\na/one.JPG,0\n"),
              HasSubstr("labels.csv:3: image: expected one row an image, found line 2 too"));
  test::write_picture(root_ / "c/one.png", 1);
  EXPECT_THAT(error("image,Edema\none,1\n"), HasSubstr("a name that one image has"));
}

} // namespace
} // namespace cxr
