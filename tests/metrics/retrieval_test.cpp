#include "metrics/retrieval.h"

#include <cmath>

#include <gmock/gmock.h>

#include "core/error.h"
#include "metrics/metric_fixtures.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

nlohmann::json fixtures(const std::string& section) { return test::metric_fixtures(section, "retrieval.json"); }

/// Rows by their bytes, and their products: what `cxr retrieve` makes of embeddings.
struct Rows {
  explicit Rows(const at::Tensor& x) : vectors(x.to(at::kFloat).contiguous()), items(equal_rows(vectors)) {}

  static EqualItems equal_rows(const at::Tensor& x) {
    std::vector<std::string_view> rows;
    for (std::int64_t i = 0; i < x.size(0); ++i)
      rows.emplace_back(static_cast<const char*>(x[i].const_data_ptr()), static_cast<std::size_t>(x[i].nbytes()));
    return EqualItems(rows);
  }
  at::Tensor neighbours(std::int64_t begin, std::int64_t count, std::int64_t k) const {
    std::vector<std::int64_t> first;
    for (std::int64_t group = 0; group < items.groups(); ++group) first.push_back(items.members(group).front());
    const auto groups = vectors.index_select(0, at::tensor(first, at::kLong));
    const auto similarity = [&](std::span<const std::int64_t> rows, std::int64_t column, std::int64_t columns) {
      const auto numbers = at::tensor(std::vector<std::int64_t>(rows.begin(), rows.end()), at::kLong);
      return groups.index_select(0, numbers).matmul(groups.slice(0, column, column + columns).t()).contiguous();
    };
    return nearest_neighbours(items, similarity, begin, count, k);
  }

  at::Tensor vectors;
  EqualItems items;
};

TEST(EqualItems, AreGroupedInTheOrderOfTheirFirst) {
  const EqualItems items({"b", "a", "b", "", "a", "b"});
  EXPECT_EQ(items.size(), 6);
  EXPECT_EQ(items.groups(), 3);
  EXPECT_EQ(items.group(4), 1);
  EXPECT_THAT(items.members(0), testing::ElementsAre(0, 2, 5));
  EXPECT_THAT(items.members(2), testing::ElementsAre(3));
}

TEST(NearestNeighbours, EqualBruteForceWithTies) {
  const auto fixture = fixtures("dot");
  const Rows rows(test::tensor_of(fixture.at("embeddings")));
  EXPECT_CLOSE(rows.neighbours(0, 45, fixture.at("k")), test::tensor_of(fixture.at("neighbours")).to(at::kInt), 0);
}

TEST(NearestNeighbours, EqualBruteForceByCosineWithEqualAndEmptyRows) {
  const auto fixture = fixtures("cosine");
  const auto x = test::tensor_of(fixture.at("embeddings"));
  const Rows rows(x / x.norm(2, {1}, true).clamp_min(1e-30));
  EXPECT_LT(rows.items.groups(), rows.items.size());
  EXPECT_CLOSE(rows.neighbours(0, 40, fixture.at("k")), test::tensor_of(fixture.at("neighbours")).to(at::kInt), 0);
}

// More columns than one block has, and an uneven last one; integers, so that products are exact and tie often.
TEST(NearestNeighbours, AreTheSameInBlocks) {
  const auto number = at::arange(4500);
  const auto x = at::stack({number % 67 - 33, number / 67 % 67 - 33, (number * 7) % 11}, 1); // [4500,3], all different
  const Rows rows(x);
  ASSERT_EQ(rows.items.groups(), 4500);
  const std::int64_t begin = 4111, count = 389, k = 12;
  auto similarities = rows.vectors.slice(0, begin).matmul(rows.vectors.t()); // [389,4500]
  similarities.diagonal(begin).fill_(-1e9);
  const auto expected = std::get<1>(similarities.sort(true, 1, true)).slice(1, 0, k);
  EXPECT_CLOSE(rows.neighbours(begin, count, k), expected.to(at::kInt), 0);
  EXPECT_CLOSE(rows.neighbours(begin + 100, 70, k), expected.slice(0, 100, 170).to(at::kInt), 0);
}

TEST(NearestNeighbours, OfManyEqualReportsAreTheFirst) {
  const Rows rows(at::ones({300, 8}));
  const auto neighbours = rows.neighbours(0, 300, 4);
  EXPECT_CLOSE(neighbours[0], at::tensor({1, 2, 3, 4}, at::kInt), 0);
  EXPECT_CLOSE(neighbours[2], at::tensor({0, 1, 3, 4}, at::kInt), 0);
  EXPECT_CLOSE(neighbours[299], at::tensor({0, 1, 2, 3}, at::kInt), 0);
}

TEST(NearestNeighbours, AllButTheItemItself) {
  const Rows rows(at::tensor({3.0, 1.0, 2.0}).unsqueeze(1));
  EXPECT_CLOSE(rows.neighbours(0, 3, 2), at::tensor({2, 1, 0, 2, 0, 1}, at::kInt).view({3, 2}), 0);
  EXPECT_THROW(rows.neighbours(0, 3, 3), LogicError);
}

TEST(CheXpertAtK, EqualsNumpy) {
  for (const char* name : {"dot", "cosine"}) {
    const auto fixture = fixtures(name);
    const auto neighbours = test::tensor_of(fixture.at("neighbours")).to(at::kInt);
    const auto classes = fixture.at("classes").get<std::vector<std::int8_t>>();
    const auto scores = neighbour_agreement(neighbours, at::tensor(at::ArrayRef(classes), at::kChar), 0);
    EXPECT_CLOSE(scores, test::tensor_of(fixture.at("scores")), 1e-15); // sums of up to 7 ones, divided
    const auto means = class_means({scores.const_data_ptr<double>(), classes.size()}, classes, 4);
    for (std::size_t c = 0; c < 4; ++c) EXPECT_NEAR(means.of_class[c], fixture.at("class_means")[c], 1e-14);
    EXPECT_NEAR(means.macro, fixture.at("macro"), 1e-14);
  }
}

TEST(CheXpertAtK, CountsFromTheFirstReport) {
  const auto classes = at::tensor({0, 1, 1, 0}, at::kChar);
  const auto scores = neighbour_agreement(at::tensor({0, 1, 1, 3}, at::kInt).view({2, 2}), classes, 2); // of reports 2 and 3
  EXPECT_CLOSE(scores, at::tensor({0.5, 0.5}, at::kDouble), 0);
}

TEST(ClassMeans, LeaveOutAClassThatNoneHas) {
  const std::vector<double> scores = {0.5, 1, 0};
  const std::vector<std::int8_t> classes = {2, 0, 2};
  const auto means = class_means(scores, classes, 3);
  EXPECT_EQ(means.of_class[0], 1);
  EXPECT_TRUE(std::isnan(means.of_class[1]));
  EXPECT_EQ(means.of_class[2], 0.25);
  EXPECT_EQ(means.macro, 0.625);
  const std::vector<std::int64_t> twice = {0, 0, 2};
  EXPECT_NEAR(class_means(scores, classes, 3, twice).macro, 1.0 / 3, 1e-15);
  EXPECT_TRUE(std::isnan(class_means({}, {}, 3).macro));
}

} // namespace
} // namespace cxr
