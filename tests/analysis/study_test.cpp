#include "analysis/study.h"

#include <gmock/gmock.h>

#include "analysis/synthetic_generation_study.h"
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

TEST_F(StudyFile, WhatItSaysOfItself) {
  const auto silent = read_study(folder_.path());
  EXPECT_EQ(silent.title, "");
  EXPECT_EQ(silent.notice, "");
  EXPECT_FALSE(silent.is_private);
  const auto arm = "[[arm]]\ndataset = \"mimic\"\n" + paths_;
  test::write_text(folder_ / "study.toml", "[study]\ntitle = \"Chambon\"\nnotice = \"\"\nprivate = true\n" + arm);
  const auto study = read_study(folder_.path());
  EXPECT_EQ(study.title, "Chambon");
  EXPECT_EQ(study.notice, "");
  EXPECT_TRUE(study.is_private);
  expect_refused("[study]\nauthor = \"x\"\n" + arm, "study, author");
  expect_refused("[study]\nprivate = \"yes\"\n" + arm, "study, private");
  expect_refused("[study]\ntitle = 3\n" + arm, "study, title");
  expect_refused("study = 3\n" + arm, "study");
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

TEST_F(StudyFile, MethodsWithTheirPrompts) {
  test::write_generation_study(folder_.path());
  const auto study = read_study(folder_.path());
  EXPECT_EQ(study.generation.finding, "Pleural Effusion");
  ASSERT_EQ(study.generation.prompts.size(), 3);
  EXPECT_EQ(study.generation.prompts[kPositivePrompt].text, test::kPositiveText);
  EXPECT_EQ(study.generation.find(test::kNegativeText), kNegativePrompt);
  EXPECT_FALSE(study.generation.find("another"));
  ASSERT_EQ(study.methods.size(), 3);
  EXPECT_EQ(study.methods[1].generate, folder_ / "unet");
  EXPECT_EQ(study.methods[1].fid.size(), 3);
  EXPECT_EQ(study.methods[0].diversity[1], folder_ / "diversity-positive.json");
  EXPECT_TRUE(study.methods[2].classify.empty());
  EXPECT_TRUE(study.methods[2].fid.empty());
}

TEST_F(StudyFile, AMethodMayHaveWordsOfItsOwn) {
  test::write_text(folder_ / "study.toml",
                   "[generation]\nfinding = \"Edema\"\nnegative = \"a\"\npositive = \"b\"\nnote = \"toys\"\n"
                   "[[method]]\nname = \"m\"\ngenerate = \"reconstruct\"\npositive = \"<b>\"\n");
  const auto study = read_study(folder_.path());
  EXPECT_EQ(study.generation.note, "toys");
  const auto asked = study.generation.asked_of(study.methods.at(0));
  EXPECT_EQ(asked.prompts.at(kNegativePrompt).text, "a");
  EXPECT_EQ(asked.prompts.at(kPositivePrompt).text, "<b>");
  EXPECT_EQ(study.generation.prompts.at(kPositivePrompt).text, "b");
}

TEST_F(StudyFile, RefusesWhatIsNoMethod) {
  const std::string generation = "[generation]\nfinding = \"Edema\"\nnegative = \"a\"\npositive = \"b\"\n";
  const std::string method = "[[method]]\nname = \"m\"\ngenerate = \"reconstruct\"\n";
  expect_refused(method, "generation");
  expect_refused(generation, "method");
  expect_refused("generation = 1\n" + method, "generation");
  expect_refused("method = 1\n" + generation, "method");
  expect_refused(generation + "size = 3\n" + method, "generation, size");
  expect_refused(generation + "style = \"a\"\n" + method, "generation, style");
  expect_refused("[generation]\nfinding = \"Edema\"\nnegative = \"a\"\n" + method, "generation, positive");
  expect_refused("[generation]\nfinding = \"Effusion\"\nnegative = \"a\"\npositive = \"b\"\n" + method, "generation, finding");
  expect_refused(generation + "[[method]]\nname = \"m\"\n", "method 1, generate");
  expect_refused(generation + "[[method]]\ngenerate = \"reconstruct\"\n", "method 1, name");
  expect_refused(generation + method + method, "method 2, name");
  expect_refused(generation + method + "runs = 1\n", "method 1, runs");
  expect_refused(generation + method + "classify = \"absent\"\n", "method 1, classify");
  expect_refused(generation + method + "style = \"c\"\n", "m");              // the study has no style prompt
  expect_refused(generation + method + "negative = \"b\"\n", "m, negative"); // which is the positive one's text
  expect_refused(generation + method + "negative = \"\"\n", "method 1, negative");
  expect_refused(generation + method + "fid = \"absent.json\"\n", "method 1, fid");
  expect_refused(generation + method + "fid = [\"fid.json\", \"absent.json\"]\n", "method 1, fid");
  expect_refused(generation + method + "fid = [4]\n", "method 1, fid");
  expect_refused(generation + method + "diversity = [\"\"]\n", "method 1, diversity");
}

TEST_F(StudyFile, OnePathNeedsNoList) {
  test::write_text(folder_ / "study.toml",
                   "[generation]\nfinding = \"Edema\"\nnegative = \"a\"\npositive = \"b\"\n"
                   "[[method]]\nname = \"m\"\ngenerate = \"reconstruct\"\nfid = \"fid.json\"\n");
  EXPECT_THAT(read_study(folder_.path()).methods.at(0).fid, testing::ElementsAre(folder_ / "fid.json"));
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
