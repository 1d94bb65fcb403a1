#include "analysis/study.h"

#include <gmock/gmock.h>

#include "analysis/synthetic_study.h"
#include "analysis/synthetic_text_study.h"
#include "core/error.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using testing::Property;
using testing::Throws;

class StudyFile : public testing::Test {
 protected:
  void SetUp() override { test::write_synthetic_study(folder_.path(), "mimic"); }

  /// The field of the InputError that reading study.toml with this content ends in.
  void expect_refused(const std::string& text, const std::string& field) {
    test::write_text(folder_ / "study.toml", text);
    EXPECT_THAT([&] { read_study(folder_.path()); }, Throws<InputError>(Property(&InputError::field, field))) << text;
  }

  test::TemporaryFolder folder_;
  const std::string paths_ =
      "images = \"set.h5\"\nreconstruct = \"reconstruct\"\nclassify_original = \"original\"\n"
      "classify_reconstruction = \"reconstruction\"\n";
};

TEST_F(StudyFile, PathsAreRelativeToTheStudy) {
  const auto study = read_study(folder_.path());
  ASSERT_EQ(study.arms.size(), 1);
  EXPECT_EQ(study.arms[0].dataset, "mimic");
  EXPECT_EQ(study.arms[0].name, "MIMIC-CXR");
  EXPECT_EQ(study.arms[0].images, folder_ / "set.h5");
  EXPECT_EQ(study.arms[0].fid, folder_ / "fid.json");
}

TEST_F(StudyFile, SeveralArms) {
  test::write_text(folder_ / "study.toml",
                   "[[arm]]\ndataset = \"mimic\"\n" + paths_ + "[[arm]]\ndataset = \"phantom\"\nname = \"toy\"\n" + paths_);
  const auto study = read_study(folder_.path());
  ASSERT_EQ(study.arms.size(), 2);
  EXPECT_EQ(study.arms[1].name, "toy");
  EXPECT_TRUE(study.arms[1].fid.empty());
}

TEST_F(StudyFile, RefusesWhatIsNoStudy) {
  expect_refused("", "arm");
  expect_refused("arm = 3", "arm");
  expect_refused("arm = []", "arm");
  expect_refused("arm = [1]", "arm 1");
  expect_refused("arms = 1", "arms");
  expect_refused("[[arm]]\n" + paths_, "arm 1, dataset");
  expect_refused("[[arm]]\ndataset = \"padchest\"\n" + paths_, "arm 1, dataset");
  expect_refused("[[arm]]\ndataset = 4\n" + paths_, "arm 1, dataset");
  expect_refused("[[arm]]\ndataset = \"mimic\"\n", "arm 1, images");
  expect_refused("[[arm]]\ndataset = \"mimic\"\nimages = \"\"\n", "arm 1, images");
  expect_refused("[[arm]]\ndataset = \"mimic\"\nimages = \"absent.h5\"\n", "arm 1, images");
  expect_refused("[[arm]]\ndataset = \"mimic\"\nfid = \"absent.json\"\n" + paths_, "arm 1, fid");
  expect_refused("[[arm]]\ndataset = \"mimic\"\ncolour = 1\n" + paths_, "arm 1, colour");
  expect_refused("[[arm]]\ndataset = \"mimic\"\n" + paths_ + "[[arm]]\ndataset = \"mimic\"\n" + paths_, "arm 2, name");
}

TEST_F(StudyFile, EncodersWithoutArms) {
  test::write_synthetic_text_study(folder_.path());
  const auto study = read_study(folder_.path());
  EXPECT_TRUE(study.arms.empty());
  ASSERT_EQ(study.encoders.size(), 2);
  EXPECT_EQ(study.encoders[0].runs[2].retrieve, folder_ / "clip-pooler");
  EXPECT_EQ(study.encoders[0].runs[2].embed, folder_ / "embed-clip-pooler");
  EXPECT_TRUE(study.encoders[0].runs[3].retrieve.empty());
  EXPECT_EQ(study.bag_of_words, folder_ / "words");
}

TEST_F(StudyFile, RefusesWhatIsNoEncoder) {
  const std::string run = "cls = \"reconstruct\"\n";
  expect_refused("[[encoder]]\n" + run, "encoder 1, name");
  expect_refused("[[encoder]]\nname = \"a\"\n", "encoder 1, cls, mean, pooler or specific");
  expect_refused("[[encoder]]\nname = \"a\"\ncls = \"absent\"\n", "encoder 1, cls");
  expect_refused("[[encoder]]\nname = \"a\"\nembed_cls = \"absent\"\n" + run, "encoder 1, embed_cls");
  expect_refused("[[encoder]]\nname = \"a\"\nimages = \"set.h5\"\n" + run, "encoder 1, images");
  expect_refused("[[encoder]]\nname = \"a\"\n" + run + "[[encoder]]\nname = \"a\"\n" + run, "encoder 2, name");
  expect_refused("encoder = 1", "encoder");
  expect_refused("bag_of_words = \"words\"", "bag_of_words");
  expect_refused("[bag_of_words]\n", "bag_of_words, retrieve");
}

TEST_F(StudyFile, RefusesNoTomlAndNoFolder) {
  test::write_text(folder_ / "study.toml", "[[arm");
  EXPECT_THROW(read_study(folder_.path()), InputError);
  std::filesystem::remove(folder_ / "study.toml");
  EXPECT_THROW(read_study(folder_.path()), InputError);
  EXPECT_THROW(read_study(folder_ / "absent"), InputError);
}

} // namespace
} // namespace cxr
