#include "study/planned_times.h"

#include <gmock/gmock.h>

#include "study/slurm_time.h"
#include "study/small_study.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr::study {
namespace {

using testing::HasSubstr;

TEST(SlurmTime, IsReadAsSlurmDoes) {
  EXPECT_EQ(seconds_of_slurm_time("90"), 5400);
  EXPECT_EQ(seconds_of_slurm_time("90:30"), 5430);
  EXPECT_EQ(seconds_of_slurm_time("04:00:00"), 14400);
  EXPECT_EQ(seconds_of_slurm_time("1-2"), 93600);
  EXPECT_EQ(seconds_of_slurm_time("1-00:30"), 88200);
  EXPECT_EQ(seconds_of_slurm_time("1-00:30:15"), 88215);
  for (const auto* wrong : {"", "UNLIMITED", "1:2:3:4", "1-", "-1", "4h", "1-2-3"})
    EXPECT_EQ(seconds_of_slurm_time(wrong), std::nullopt);
  EXPECT_EQ(slurm_time(59), "00:01:00");
  EXPECT_EQ(slurm_time(100 * 3600 + 61), "100:02:00");
}

TEST(PlannedTimes, FitTheRanksOfTheJob) {
  const test::SmallStudy small(test::kThreeSteps);
  const auto study = small.read();
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "plan.json",
                  R"([{"name": "one", "start_seconds": 10, "seconds_alone": 410, "ranks": 4, "seconds": 110}, {"name": "two"}])");
  const auto times = read_planned_times(folder / "plan.json", study);
  EXPECT_EQ(planned_seconds(times, "one", 1), 410);
  EXPECT_EQ(planned_seconds(times, "one", 2), 210);
  EXPECT_EQ(planned_seconds(times, "one", 4), 110);
  EXPECT_EQ(planned_seconds(times, "one", 64), 110); // more ranks may have nothing to share
  EXPECT_EQ(planned_seconds(times, "two", 1), std::nullopt);
  EXPECT_GT(time_limit(110), 220);
  EXPECT_TRUE(read_planned_times("", study).empty());
}

TEST(PlannedTimes, OfAnotherStudyAreRefused) {
  const test::SmallStudy small(test::kThreeSteps);
  const auto study = small.read();
  const test::TemporaryFolder folder;
  const auto refusal_of = [&](const std::string& text) {
    test::put_bytes(folder / "plan.json", text);
    return test::refusal([&] { read_planned_times(folder / "plan.json", study); });
  };
  EXPECT_THAT(refusal_of("no JSON"), HasSubstr("expected a plan"));
  EXPECT_THAT(refusal_of(R"([{"names": 3}])"), HasSubstr("expected a plan"));
  EXPECT_THAT(refusal_of(R"([{"name": "x"}])"), HasSubstr("expected steps of"));
}

} // namespace
} // namespace cxr::study
