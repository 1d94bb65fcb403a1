#include <gmock/gmock.h>

#include "study/slurm_launcher.h"
#include "study/small_study.h"

namespace cxr::study {
namespace {

/// data → three trainings; of each a sample, and of two more that need none of them; a table of all.
constexpr const char* kArms = R"(
[lists]
arms = [{key = "a"}, {key = "b"}, {key = "c"}]
uneven = [{key = "a", of = "{out.sample-a}"}, {key = "x", of = "{data}"}]

[[step]]
name = "data"
what = "Data"
command = "write data"
out = "data"

[[step]]
name = "train-{key}"
for = "arms"
what = "Train"
command = "train {key} {out.data}"
out = "train-{key}"

[[step]]
name = "sample-{key}"
for = "arms"
what = "Sample"
command = "generate {out.train-{key}}"
out = "sample-{key}"

[[step]]
name = "uneven-{key}"
for = "uneven"
what = "Of two kinds"
command = "classify {of}"
out = "uneven-{key}"

[[step]]
name = "tables"
what = "All"
command = "join {out.sample-a} {out.sample-b} {out.sample-c} {out.data}"
out = "tables"
)";

struct Submitted {
  std::vector<std::string> steps;
  std::string dependency;
};

/// The jobs of a study, numbered from 100.
std::vector<Submitted> jobs_of(const StudyFile& study, const std::vector<bool>& left, std::vector<std::string> queued = {},
                               const Packing& packing = {}) {
  queued.resize(study.steps.size());
  JobPlan plan(study, left, queued, packing);
  std::vector<Submitted> jobs;
  for (auto next = plan.next(); !next.empty(); next = plan.next()) {
    Submitted job{.steps = {}, .dependency = plan.dependency(next)};
    for (const auto step : next) job.steps.push_back(study.steps[step].name);
    plan.submitted(next, std::to_string(100 + jobs.size()));
    jobs.push_back(job);
  }
  return jobs;
}

TEST(JobPlan, ArmsAreArraysAndEachTaskWaitsForItsOwn) {
  const test::SmallStudy small(kArms);
  const auto study = small.read();
  const auto jobs = jobs_of(study, std::vector<bool>(study.steps.size(), true));
  ASSERT_EQ(jobs.size(), 6);
  EXPECT_THAT(jobs[0].steps, testing::ElementsAre("data"));
  EXPECT_EQ(jobs[0].dependency, "");
  EXPECT_THAT(jobs[1].steps, testing::ElementsAre("train-a", "train-b", "train-c"));
  EXPECT_EQ(jobs[1].dependency, "afterok:100");
  EXPECT_THAT(jobs[2].steps, testing::ElementsAre("sample-a", "sample-b", "sample-c"));
  EXPECT_EQ(jobs[2].dependency, "aftercorr:101");
  EXPECT_THAT(jobs[3].steps, testing::ElementsAre("uneven-a"));
  EXPECT_EQ(jobs[3].dependency, "afterok:102_0");
  EXPECT_EQ(jobs[4].dependency, "");
  EXPECT_THAT(jobs[5].steps, testing::ElementsAre("tables"));
  EXPECT_EQ(jobs[5].dependency, "afterok:100:102_0:102_1:102_2");
}

TEST(JobPlan, WhatIsDoneIsNotWaitedForAndWhatIsQueuedIs) {
  const test::SmallStudy small(kArms);
  const auto study = small.read();
  std::vector<bool> left(study.steps.size(), false);
  std::vector<std::string> queued(study.steps.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (study.steps[i].name == "train-b") queued[i] = "7_1"; // data and the other trainings are done
    left[i] = study.steps[i].name.starts_with("sample") || study.steps[i].name == "tables";
  }
  const auto jobs = jobs_of(study, left, queued);
  ASSERT_EQ(jobs.size(), 4);
  EXPECT_EQ(jobs[0].dependency, "");
  EXPECT_EQ(jobs[1].dependency, "afterok:7_1");
  EXPECT_EQ(jobs[3].dependency, "afterok:100:101:102");
}

/// All steps short, but for trainings; 10 s each.
Packing packing_of(const StudyFile& study, int most, double seconds) {
  Packing packing{.most = most, .seconds = seconds, .kind = {}, .expected = {}};
  for (const auto& step : study.steps) {
    packing.kind.push_back(step.name.starts_with("train") ? -1 : 0);
    packing.expected.push_back(10);
  }
  return packing;
}

TEST(JobPlan, ShortStepsShareAJobWithThoseThatWaitForNothingElse) {
  const test::SmallStudy small(kArms);
  const auto study = small.read();
  const std::vector<bool> all(study.steps.size(), true);
  const auto jobs = jobs_of(study, all, {}, packing_of(study, 20, 3600));
  ASSERT_EQ(jobs.size(), 6);
  EXPECT_THAT(jobs[0].steps, testing::ElementsAre("data", "uneven-x"));
  EXPECT_EQ(jobs[0].dependency, "");
  EXPECT_THAT(jobs[1].steps, testing::ElementsAre("train-a", "train-b", "train-c"));
  EXPECT_EQ(jobs[1].dependency, "afterok:100");
  EXPECT_THAT(jobs[2].steps, testing::ElementsAre("sample-a", "uneven-a")); // the other samples would wait for other trainings
  EXPECT_EQ(jobs[2].dependency, "afterok:101_0");
  EXPECT_THAT(jobs[3].steps, testing::ElementsAre("sample-b"));
  EXPECT_THAT(jobs[4].steps, testing::ElementsAre("sample-c"));
  EXPECT_EQ(jobs[5].dependency, "afterok:100:102:103:104");
}

TEST(JobPlan, APackHasItsLimits) {
  const test::SmallStudy small(kArms);
  const auto study = small.read();
  std::vector<bool> samples(study.steps.size(), false); // the trainings are done
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = study.steps[i].name.starts_with("sample");
  EXPECT_EQ(jobs_of(study, samples, {}, packing_of(study, 20, 3600)).size(), 1);
  EXPECT_EQ(jobs_of(study, samples, {}, packing_of(study, 2, 3600)).size(), 2);
  EXPECT_EQ(jobs_of(study, samples, {}, packing_of(study, 20, 25)).size(), 2);
  EXPECT_EQ(jobs_of(study, samples, {}, packing_of(study, 0, 3600)).size(), 1); // an array
}

} // namespace
} // namespace cxr::study
