#include "training/lr_schedule.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "io/json.h"

namespace cxr {
namespace {

TEST(LearningRate, IsThatOfDiffusers) {
  const JsonFile fixture(std::filesystem::path(CXR_FIXTURES) / "training/schedules.json");
  const auto& cases = fixture.root().at("schedules");
  ASSERT_EQ(cases.size(), 9U);
  for (const auto& expected : cases) {
    const LrScheduleOptions options{.learning_rate = fixture.require<double>("learning_rate"),
                                    .schedule = expected.at("schedule"),
                                    .warmup_steps = expected.at("warmup")};
    const auto rates = expected.at("rates").get<std::vector<double>>();
    // Equal but for the order in which a few doubles are multiplied.
    for (std::int64_t step = 0; step < std::ssize(rates); ++step) {
      EXPECT_NEAR(learning_rate(options, step, expected.at("steps")), rates[static_cast<std::size_t>(step)], 1e-17)
          << options.schedule << " after " << options.warmup_steps << ", step " << step;
    }
  }
}

TEST(LearningRate, KnowsItsSchedules) { EXPECT_THROW(learning_rate({.schedule = "polynomial"}, 0, 10), LogicError); }

} // namespace
} // namespace cxr
