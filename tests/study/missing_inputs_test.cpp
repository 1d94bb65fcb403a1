#include "study/missing_inputs.h"

#include <gmock/gmock.h>

#include "study/small_study.h"
#include "study/study_place.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr::study {
namespace {

using testing::HasSubstr;

TEST(MissingInputs, AreListedAllAtOnce) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "study.toml", R"(
[study]
title = "t"
[inputs]
few = "few"
few-labels = "few.csv"
recipes = "recipes"
unused = "nowhere"
[[step]]
name = "images"
what = "w"
command = "write --root {few} --labels {few-labels}"
out = "images"
[[step]]
name = "train"
what = "w"
command = "train {out.images} --config {recipes}/a.toml"
out = "train"
)");
  std::filesystem::create_directories(folder / "recipes");
  std::filesystem::create_symlink("gone", folder / "few");
  const auto study = read_study_file(folder / "study.toml");
  const auto missing = missing_inputs(study, {true, true});
  ASSERT_EQ(missing.size(), 3);
  EXPECT_EQ(missing[0].name, "few");
  EXPECT_EQ(missing[0].found, "a link to gone, which does not exist");
  EXPECT_EQ(missing[1].name, "few-labels");
  EXPECT_EQ(missing[2].name, "recipes");
  EXPECT_THAT(missing[2].path, HasSubstr("recipes/a.toml"));
  EXPECT_EQ(missing[2].step, "train");
  const auto refusal = test::refusal([&] { require_inputs(study, {true, true}); });
  EXPECT_THAT(refusal, HasSubstr("inputs, few: expected a file or folder"));
  EXPECT_THAT(refusal, HasSubstr("3 missing: few, few-labels, recipes/a.toml"));
  EXPECT_EQ(missing_inputs(study, {false, true}).size(), 1);
  test::put_bytes(folder / "recipes" / "a.toml", "");
  EXPECT_NO_THROW(require_inputs(study, {false, true}));
}

TEST(CopiedStudy, FindsWhatTheOriginalHasBesideIt) {
  const test::TemporaryFolder folder;
  const auto original = std::filesystem::path(CXR_SOURCE_DIR) / "experiments" / "studies" / "chambon2022.toml";
  std::filesystem::copy_file(original, folder / "copy.toml");
  const auto study = read_study_file(folder / "copy.toml");
  EXPECT_TRUE(study.inputs.at("recipes").is_there);
  EXPECT_THAT(study.inputs.at("mimic").path.string(), testing::StartsWith(folder.path().string())); // which neither has
}

TEST(StudyPlace, IsAFolderThatCanBeWritten) {
  const test::TemporaryFolder folder;
  std::filesystem::create_symlink("nowhere", folder / "dangling");
  test::put_bytes(folder / "file", "");
  EXPECT_THAT(test::refusal([&] { check_place(folder / "dangling"); }), HasSubstr("found a link to nowhere, which does not exist"));
  EXPECT_THAT(test::refusal([&] { check_place(folder / "file"); }), HasSubstr("found a file"));
  EXPECT_THAT(test::refusal([&] { make_place(folder / "file" / "below"); }), HasSubstr("expected a"));
  EXPECT_THAT(test::refusal([] { make_place("/sys/study"); }), HasSubstr("expected a folder that can be written, found"));
  make_place(folder / "new" / "below");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "new" / "below"));
}

} // namespace
} // namespace cxr::study
