#include "metrics/similarity.h"

#include <gtest/gtest.h>

#include "metrics/metric_fixtures.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

TEST(CosineSimilarity, AgreesWithScikitLearn) {
  const auto fixture = test::metric_fixtures("cosine");
  const auto cosine = cosine_similarity_of_rows(test::tensor_of(fixture.at("x")), test::tensor_of(fixture.at("y")));
  EXPECT_CLOSE(cosine, test::tensor_of(fixture.at("cosine")), 1e-14); // order of the sums
}

TEST(CosineSimilarity, FloatFeaturesAreComparedInDouble) {
  const auto x = at::rand({4, 1024}, at::kFloat);
  const auto cosine = cosine_similarity_of_rows(x, 3 * x);
  EXPECT_EQ(cosine.scalar_type(), at::kDouble);
  EXPECT_CLOSE(cosine, at::ones({4}, at::kDouble), 1e-7); // 3·x is rounded to float
}

TEST(CosineSimilarity, OfAZeroVectorIsZero) {
  const auto x = at::zeros({1, 3}, at::kDouble), y = at::ones({1, 3}, at::kDouble);
  EXPECT_EQ(cosine_similarity_of_rows(x, y).item<double>(), 0);
}

} // namespace
} // namespace cxr
