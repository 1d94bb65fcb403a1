#include "data_prep/study_sample.h"

#include <gmock/gmock.h>

#include "data_prep/label_table.h"
#include "data_prep/small_files.h"

namespace cxr {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Labels positive(std::initializer_list<std::size_t> which) {
  Labels labels = kNoLabels;
  for (const auto k : which) labels[k] = kPositive;
  return labels;
}

// `count` reports of each class, and as many that are of none.
std::vector<Labels> reports(std::int64_t count) {
  std::vector<Labels> made;
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < kCheXpertLabels.size(); ++k) made.push_back(positive({k}));
    made.push_back(positive({2, 3}));
  }
  return made;
}

TEST(StudySample, TheOnlyPositiveLabelIsTheClass) {
  EXPECT_EQ(only_positive_label(positive({0})), 0u); // No Finding is a class as the others are
  EXPECT_EQ(only_positive_label(positive({13})), 13u);
  EXPECT_EQ(only_positive_label(positive({})), std::nullopt);
  EXPECT_EQ(only_positive_label(positive({3, 7})), std::nullopt);
  auto labels = positive({3});
  labels[7] = kUncertain;
  labels[8] = kNegative;
  EXPECT_EQ(only_positive_label(labels), 3u); // uncertain is not positive
}

TEST(StudySample, EachClassHasAsManyInTheReportsOrder) {
  const auto all = reports(20);
  const auto sample = study_sample(all, {.per_class = 5, .seed = 3}, "set");
  EXPECT_EQ(sample.size(), 14u * 5);
  EXPECT_TRUE(std::ranges::is_sorted(sample));
  std::vector<int> counts(kCheXpertLabels.size());
  for (const auto i : sample) ++counts[only_positive_label(all[i]).value()];
  EXPECT_THAT(counts, testing::Each(5));
  EXPECT_EQ(sample, study_sample(all, {.per_class = 5, .seed = 3}, "set"));
  EXPECT_NE(sample, study_sample(all, {.per_class = 5, .seed = 4}, "set"));
}

TEST(StudySample, ClassesAreDrawnIndependently) {
  const auto all = reports(40);
  const auto sample = study_sample(all, {.per_class = 10, .seed = 1}, "set");
  std::vector<std::vector<std::size_t>> chosen(2);
  for (const auto i : sample) {
    if (i % 15 < 2) chosen[i % 15].push_back(i / 15);
  }
  EXPECT_NE(chosen[0], chosen[1]);
}

TEST(StudySample, AShortClassIsToldByName) {
  auto all = reports(3);
  all.push_back(positive({0}));
  const auto told = test::input_error([&] { study_sample(all, {.per_class = 4}, "mimic.zip"); });
  EXPECT_THAT(told,
              HasSubstr("mimic.zip: expected 4 reports a class with no other positive label (--allow-fewer takes what is there)"));
  EXPECT_THAT(told, AllOf(HasSubstr("found Enlarged Cardiomediastinum has 3 such reports, 4 are wanted; Cardiomegaly has 3"),
                          HasSubstr("Support Devices has 3")));
  EXPECT_THAT(told, testing::Not(HasSubstr("No Finding")));
  EXPECT_EQ(study_sample(all, {.per_class = 4, .allow_fewer = true}, "set").size(), 13u * 3 + 4);
}

} // namespace
} // namespace cxr
