#include "metrics/nearest.h"

#include <ATen/CPUGeneratorImpl.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "metrics/metric_fixtures.h"

namespace cxr {
namespace {

/// Offers all candidates in blocks of `size`, the last block first.
std::vector<Nearest> searched(NearestSearch search, const at::Tensor& candidates, std::int64_t size) {
  for (auto begin = (candidates.size(0) - 1) / size * size; begin >= 0; begin -= size) {
    search.offer(candidates.slice(0, begin, begin + size), begin);
  }
  return search.found();
}

TEST(Nearest, AgreesWithScikitLearn) {
  const auto fixture = test::metric_fixtures("nearest", "generative_metrics.json");
  const auto numbers = fixture.at("numbers").get<std::vector<std::int64_t>>();
  const auto distances = fixture.at("distances").get<std::vector<double>>();
  for (const auto type : {at::kByte, at::kFloat, at::kDouble}) {
    const auto queries = test::tensor_of(fixture.at("queries")).to(type),
               candidates = test::tensor_of(fixture.at("candidates")).to(type);
    for (const std::int64_t size : {60, 7, 1}) {
      const auto found = searched(NearestSearch(queries), candidates, size);
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        EXPECT_EQ(found[i].number, numbers[i]) << i;
        EXPECT_NEAR(std::sqrt(found[i].squared), distances[i], 1e-12 * distances[i]) << i;
      }
    }
  }
}

// Images that differ from a query in one pixel, by one and by two levels: float32 products of 65536 pixels cannot tell them apart.
TEST(Nearest, IsExactWhereTheMatrixProductIsNot) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(std::uint64_t{5});
  const auto query = at::randint(2, 250, {1, 65536}, generator, at::kByte);
  const auto candidates = query.repeat({3, 1});
  candidates[0][77] += 2;
  candidates[1][40000] += 1;
  candidates[2][0] += 2;
  const auto found = searched(NearestSearch(query), candidates, 3);
  EXPECT_EQ(found[0].number, 1);
  EXPECT_EQ(found[0].squared, 1);
}

TEST(Nearest, PassesOverAQueryItself) {
  const auto points = at::tensor({0., 1., 1.5, 9.}, at::kDouble).view({4, 1});
  const auto found = searched(NearestSearch(points, {0, 1, 2, 3}), points, 2);
  const std::vector<std::int64_t> expected = {1, 2, 1, 2};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(found[i].number, expected[i]) << i;
}

TEST(Nearest, MergesAnswersOfOthers) {
  const auto queries = at::tensor({0., 10.}, at::kDouble).view({2, 1});
  NearestSearch first(queries), second(queries), none(queries);
  first.offer(at::tensor({1., 12.}, at::kDouble).view({2, 1}), 4);
  second.offer(at::tensor({-1., 11.}, at::kDouble).view({2, 1}), 2);
  first.merge(second.found());
  first.merge(none.found());
  EXPECT_EQ(first.found()[0].number, 2); // as near as number 4
  EXPECT_EQ(first.found()[1].number, 3);
  EXPECT_EQ(none.found()[0].number, -1);
}

TEST(Nearest, RefusesOtherWidthsAndTypes) {
  NearestSearch search(at::zeros({2, 5}, at::kByte));
  EXPECT_THROW(search.offer(at::zeros({3, 4}, at::kByte), 0), LogicError);
  EXPECT_THROW(search.offer(at::zeros({3, 5}), 0), LogicError);
  EXPECT_THROW(NearestSearch(at::zeros({2, 5}), {1}), LogicError);
}

} // namespace
} // namespace cxr
