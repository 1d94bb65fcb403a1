#include "core/progress.h"

#include <cstdio>

#include <gmock/gmock.h>

namespace cxr {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// The last line of a progress that `work` moves on.
template <typename Work>
std::string last_line(Work&& work) {
  testing::internal::CaptureStderr();
  {
    Progress progress("generate", "images", 8, 2);
    work(progress);
  }
  return testing::internal::GetCapturedStderr();
}

TEST(Progress, StepsCountBetweenUpdates) {
  const auto line = last_line([](Progress& progress) {
    for (int i = 0; i < 5; ++i) progress.add_steps(1, "steps", 0.1);
  });
  double images = 0, steps = 0;
  ASSERT_EQ(std::sscanf(line.c_str(), "generate: 2/8 images, %lf images/s, %lf steps/s,", &images, &steps), 2) << line;
  EXPECT_NEAR(images / steps, 0.1, 0.001); // half an image in five steps; the rates have three digits
  EXPECT_THAT(line, HasSubstr(" left"));
}

TEST(Progress, UpdateTakesStepsIn) {
  const auto line = last_line([](Progress& progress) {
    progress.add_steps(1, "steps", 0.9);
    progress.add(6);
  });
  EXPECT_THAT(line, ContainsRegex("^generate: 8/8 images, .* steps/s, in "));
}

TEST(Progress, NeedsNoSteps) {
  const auto line = last_line([](Progress& progress) { progress.update(3); });
  EXPECT_THAT(line, HasSubstr("3/8 images"));
  EXPECT_THAT(line, Not(HasSubstr("steps")));
  EXPECT_THAT(last_line([](Progress&) {}), HasSubstr("starting"));
}

} // namespace
} // namespace cxr
