#include "study/local_launcher.h"

#include <csignal>
#include <thread>

#include <gmock/gmock.h>

#include "core/signals.h"
#include "study/small_study.h"
#include "support/file_bytes.h"

namespace cxr::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LocalLauncher, StepsRunBehindWhatTheyNeed) {
  const test::SmallStudy small(test::kThreeSteps);
  EXPECT_THAT(small.run().endings, ElementsAre(Ending::kDone, Ending::kDone, Ending::kDone));
  EXPECT_EQ(small.result("both.txt"), "hello\nagain\n");
  EXPECT_THAT(small.result("logs/both.log"), HasSubstr("private: no"));
  const auto record = read_record(small.out(), "both");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, RunState::kDone);
  EXPECT_EQ(record->launches, 1);
  EXPECT_GT(record->seconds, 0);
  EXPECT_EQ(record->result.bytes, 12);
}

TEST(LocalLauncher, WhatIsDoneIsLeft) {
  const test::SmallStudy small(test::kThreeSteps);
  small.run();
  EXPECT_THAT(small.run().endings, ElementsAre(Ending::kSkipped, Ending::kSkipped, Ending::kSkipped));
  test::put_bytes(small.input(), "new");
  // The first is made again; as its result is what it was, what reads it is left.
  EXPECT_THAT(small.run().endings, ElementsAre(Ending::kDone, Ending::kSkipped, Ending::kSkipped));
}

TEST(LocalLauncher, OnlyAndForce) {
  const test::SmallStudy small(test::kThreeSteps);
  EXPECT_THAT(small.run({"both"}).endings, ElementsAre(Ending::kSkipped, Ending::kSkipped, Ending::kBlocked));
  EXPECT_THAT(small.run({"o*", "two"}).endings, ElementsAre(Ending::kDone, Ending::kDone, Ending::kSkipped));
  EXPECT_THAT(small.run({"both"}).endings, ElementsAre(Ending::kSkipped, Ending::kSkipped, Ending::kDone));
  EXPECT_THAT(small.run({}, {"two"}).endings, ElementsAre(Ending::kSkipped, Ending::kDone, Ending::kSkipped));
}

constexpr const char* kOneFails = R"(
[[step]]
name = "broken"
what = "Fails"
command = "fail"
out = "broken.txt"

[[step]]
name = "behind"
what = "Needs it"
command = "join {out.broken}"
out = "behind.txt"

[[step]]
name = "empty"
what = "Makes nothing"
command = "nothing"
out = "empty.txt"

[[step]]
name = "other"
what = "Needs nobody"
command = "write other"
out = "other.txt"
)";

TEST(LocalLauncher, AFailureStopsWhatDependsOnItAndNothingElse) {
  const test::SmallStudy small(kOneFails);
  const auto outcome = small.run();
  EXPECT_THAT(outcome.endings, ElementsAre(Ending::kFailed, Ending::kBlocked, Ending::kFailed, Ending::kDone));
  EXPECT_EQ(outcome.why[0], "exit status 2: cxr: S.h5: images: expected some, found none");
  EXPECT_EQ(outcome.why[1], "broken is not done");
  EXPECT_EQ(outcome.why[2], "it made no empty.txt");
  EXPECT_THAT(small.states(), testing::Contains(testing::Pair("broken", HasSubstr("failed (exit status 2"))));
}

constexpr const char* kLong = R"(
[[step]]
name = "long"
what = "Takes its time"
command = "wait"
out = "long.txt"

[[step]]
name = "behind"
what = "Needs it"
command = "join {out.long}"
out = "behind.txt"
)";

TEST(LocalLauncher, ASignalStopsTheStepsWithTheirStatesSavedAndTheSameRunGoesOn) {
  const test::SmallStudy small(kLong);
  // The signal's flag stays for as long as a process lives: the run that is stopped is a process of its own.
  const auto child = ::fork();
  if (child == 0) {
    signals::install();
    const auto outcome = small.run();
    ::_exit(outcome.endings == std::vector{Ending::kStopped, Ending::kStopped} ? 75 : 1);
  }
  for (int i = 0; i < 400 && !std::filesystem::exists(small.out() / "long.txt.begun"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  ::kill(child, SIGTERM);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 75);
  EXPECT_THAT(small.states(), testing::Contains(testing::Pair("long", "begun")));
  EXPECT_THAT(small.run().endings, ElementsAre(Ending::kDone, Ending::kDone));
  EXPECT_EQ(small.result("behind.txt"), "saved\n");
  EXPECT_EQ(read_record(small.out(), "long")->launches, 2);
}

TEST(LocalLauncher, SharesFitTheMachine) {
  Step step;
  step.max_ranks = 0;
  EXPECT_EQ(share_of(step, {.cores = 8}, "cpu").ranks, 1);
  EXPECT_EQ(share_of(step, {.cores = 8, .ranks = 4}, "cpu").ranks, 4);
  EXPECT_EQ(share_of(step, {.cores = 8, .ranks = 4}, "cpu").threads, 2);
  EXPECT_EQ(share_of(step, {.cores = 8, .gpus = 2}, "cuda").ranks, 2);
  step.max_ranks = 1;
  EXPECT_EQ(share_of(step, {.cores = 8, .gpus = 2}, "cuda").ranks, 1);
}

} // namespace
} // namespace cxr::study
