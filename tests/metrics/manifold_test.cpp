#include "metrics/manifold.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "metrics/metric_fixtures.h"
#include "support/refusal.h"

namespace cxr {
namespace {

double share(const at::Tensor& inside) { return inside.to(at::kDouble).mean().item<double>(); }

TEST(Manifold, PrecisionAndRecallAgreeWithTorchFidelity) {
  for (const auto& item : test::metric_fixtures("manifold", "generative_metrics.json")) {
    const auto real = test::tensor_of(item.at("real")), generated = test::tensor_of(item.at("generated"));
    const std::int64_t k = item.at("k");
    // torch-fidelity's shares are float32.
    EXPECT_NEAR(share(in_manifold(generated, real, k)), item.at("precision"), 1e-7) << k;
    EXPECT_NEAR(share(in_manifold(real, generated, k)), item.at("recall"), 1e-7) << k;
  }
}

// On a line: 0, 1, 3 and 10 have their second nearest others at 3, 2, 3 and 9.
TEST(Manifold, ABallReachesTheKthNearestOtherPoint) {
  const auto reference = at::tensor({0., 1., 3., 10.}, at::kDouble).view({4, 1});
  const auto points = at::tensor({-3., -3.01, 6., 6.5, 1.01, 0.99, 19., 19.01}, at::kDouble).view({8, 1});
  const auto inside = in_manifold(points, reference, 2);
  const auto expected = at::tensor({1, 0, 1, 1, 1, 1, 1, 0}, at::kInt).to(at::kBool);
  EXPECT_TRUE(at::equal(inside, expected)) << inside;
}

TEST(Manifold, EqualPointsLieInEachOthersBallsOfRadius0) {
  const auto features = at::linspace(0.1, 7.7, 64, at::kDouble).view({1, 64});
  const auto reference = features.repeat({4, 1});
  EXPECT_TRUE(in_manifold(features, reference, 3).all().item<bool>());
  EXPECT_FALSE(in_manifold(features + 1e-9, reference, 3).any().item<bool>());
}

// More points than a block of distances has rows.
TEST(Manifold, DoesNotDependOnBlocks) {
  const auto reference = at::arange(1200, at::kDouble).view({1200, 1});
  EXPECT_EQ(share(in_manifold(reference + 0.5, reference, 1)), 1);
  EXPECT_EQ(share(in_manifold(reference.slice(0, 1195) + 3, reference, 1)), 3. / 5); // up to 1200, where the last ball ends
}

TEST(Manifold, RefusesNoMorePointsThanNeighboursAndWhatIsNotFinite) {
  const auto x = at::rand({4, 3});
  EXPECT_THAT(test::refusal([&] { in_manifold(x, x.slice(0, 0, 3), 3); }),
              testing::HasSubstr("more than the 3 neighbours, found 3"));
  EXPECT_THAT(test::refusal([&] { in_manifold(x / 0., x, 3); }), testing::HasSubstr("finite"));
}

} // namespace
} // namespace cxr
