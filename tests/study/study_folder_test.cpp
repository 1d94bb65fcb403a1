#include "study/study_folder.h"

#include <gmock/gmock.h>

#include "study/small_study.h"
#include "support/file_bytes.h"

namespace cxr::study {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

TEST(StudyFolder, ANewStudyIsToDo) {
  const test::SmallStudy small(test::kThreeSteps);
  EXPECT_THAT(small.states(), UnorderedElementsAre(Pair("one", "to do"), Pair("two", "to do"), Pair("both", "waits (after one)")));
}

TEST(StudyFolder, WhatWasRunIsDoneUntilItsInputOrCommandChanges) {
  const test::SmallStudy small(test::kThreeSteps);
  small.run();
  EXPECT_THAT(small.states(), UnorderedElementsAre(Pair("one", "done"), Pair("two", "done"), Pair("both", "done")));
  test::put_bytes(small.input(), "what was measured since");
  EXPECT_THAT(small.states(), UnorderedElementsAre(Pair("one", "stale (" + small.input().string() + " changed)"),
                                                   Pair("two", "done"), Pair("both", "waits (after one)")));
  test::put_bytes(small.input(), "what was measured");
  EXPECT_THAT(small.states(), testing::Contains(Pair("one", "done"))); // the content counts, not its time
  auto text = test::file_bytes(small.file());
  text.replace(text.find("write again"), 11, "write other");
  test::put_bytes(small.file(), text);
  EXPECT_THAT(small.states(), testing::Contains(Pair("two", "stale (its command changed)")));
}

TEST(StudyFolder, AResultThatChangedOrWentIsStale) {
  const test::SmallStudy small(test::kThreeSteps);
  small.run();
  test::put_bytes(small.out() / "both.txt", "by hand");
  EXPECT_THAT(small.states(), testing::Contains(Pair("both", "stale (both.txt changed)")));
  std::filesystem::remove(small.out() / "both.txt");
  EXPECT_THAT(small.states(), testing::Contains(Pair("both", "stale (both.txt is gone)")));
}

TEST(StudyFolder, WhatIsMadeAgainLeavesTheOldResult) {
  const test::SmallStudy small(test::kThreeSteps);
  small.run();
  test::put_bytes(small.out() / "both.txt", "by hand");
  small.run();
  EXPECT_EQ(small.result("both.txt"), "hello\nagain\n");
  std::vector<std::string> old;
  for (const auto& entry : std::filesystem::directory_iterator(small.out() / "superseded"))
    old.push_back(test::file_bytes(entry.path()));
  EXPECT_THAT(old, testing::ElementsAre("by hand"));
}

} // namespace
} // namespace cxr::study
