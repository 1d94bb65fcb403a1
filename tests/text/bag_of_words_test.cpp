#include "text/bag_of_words.h"

#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace cxr {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WordNumbers, LowerCaseRunsOfLettersAndDigits) {
  WordNumbers numbers;
  EXPECT_THAT(numbers.set_of("No X-ray, no T12."), ElementsAre(0, 1, 2, 3)); // no, x, ray, t12
  EXPECT_THAT(numbers.set_of("t12 RAY ray"), ElementsAre(2, 3));
  EXPECT_THAT(numbers.set_of("___ -- \n"), IsEmpty());
  EXPECT_THAT(numbers.set_of("caf\xC3\xA9 \xFF"), ElementsAre(4, 5)); // bytes beyond ASCII are letters
  EXPECT_EQ(numbers.size(), 6);
}

TEST(WordOverlap, EqualsScikitLearnsJaccard) {
  std::ifstream file(std::string(CXR_FIXTURES) + "/retrieval.json");
  const auto fixture = nlohmann::json::parse(file).at("words");
  WordNumbers numbers;
  std::vector<WordSet> sets;
  for (const auto& text : fixture.at("texts")) sets.push_back(numbers.set_of(text.get<std::string>()));
  const WordOverlap overlap(sets);
  const std::vector<std::int64_t> rows = {0, 1, 2, 3, 4, 5, 6, 7}, some = {7, 2};
  const auto all = overlap.intersection_over_union(rows, 0, 8), part = overlap.intersection_over_union(some, 1, 3);
  for (std::int64_t i = 0; i < 8; ++i) {
    for (std::int64_t j = 0; j < 8; ++j)
      EXPECT_FLOAT_EQ(all[i][j].item<float>(), fixture.at("intersection_over_union")[i][j].get<float>()) << i << ", " << j;
  }
  for (std::int64_t i = 0; i < 2; ++i) EXPECT_TRUE(part[i].equal(all[some[i]].slice(0, 1, 4)));
}

} // namespace
} // namespace cxr
