#include "data/resize.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

// Columns 0, 1, 2, … so that a crop shows where it was taken.
at::Tensor columns(std::int64_t height, std::int64_t width) { return at::arange(width).to(at::kByte).expand({height, width}); }

TEST(ResizeToSquare, CenterCropTakesTheMiddle) {
  const auto cropped = resize_to_square(columns(4, 11), 4, ResizeRule::kCenterCrop);
  EXPECT_CLOSE(cropped, columns(4, 11).narrow(1, 3, 4), 0); // 11 / 2 - 4 / 2
  EXPECT_CLOSE(resize_to_square(columns(4, 11).t(), 4, ResizeRule::kCenterCrop), cropped.t(), 0);
}

TEST(ResizeToSquare, ShrinkingAveragesAreas) {
  const auto image = at::tensor({0, 100, 200, 40, 60, 0, 0, 0, 10, 10, 250, 250, 10, 10, 250, 250}, at::kByte).view({4, 4});
  EXPECT_CLOSE(resize_to_square(image, 2, ResizeRule::kStretch), at::tensor({40, 60, 10, 250}, at::kByte).view({2, 2}), 0);
}

// Stripes of one pixel: a resize that only samples would keep them.
TEST(ResizeToSquare, ShrinkingDoesNotAlias) {
  const auto stripes = (at::arange(96).remainder(2) * 200).to(at::kByte).expand({96, 96});
  EXPECT_CLOSE(resize_to_square(stripes, 24, ResizeRule::kStretch), at::full({24, 24}, 100, at::kByte), 0);
  const auto mixed = resize_to_square(stripes.narrow(0, 0, 12), 24, ResizeRule::kStretch); // one side shrinks, the other grows
  EXPECT_CLOSE(mixed, at::full({24, 24}, 100, at::kByte), 0);
}

TEST(ResizeToSquare, EnlargingStaysWithinTheRange) {
  auto edge = at::full({4, 4}, 50, at::kByte);
  edge.narrow(1, 2, 2).fill_(200);
  const auto large = resize_to_square(edge, 32, ResizeRule::kStretch);
  EXPECT_EQ(large.min().item<int>(), 50);
  EXPECT_EQ(large.max().item<int>(), 200);
}

TEST(ResizeToSquare, PadCentresAllOfTheImageOnBlack) {
  const auto padded = resize_to_square(at::full({40, 20}, 90, at::kByte), 20, ResizeRule::kPad);
  auto expected = at::zeros({20, 20}, at::kByte);
  expected.narrow(1, 5, 10).fill_(90);
  EXPECT_CLOSE(padded, expected, 0);
}

TEST(ResizeToSquare, OnePixelAndTheLongestSides) {
  for (const auto rule : {ResizeRule::kCenterCrop, ResizeRule::kPad, ResizeRule::kStretch}) {
    EXPECT_CLOSE(resize_to_square(at::full({1, 1}, 7, at::kByte), 64, rule), at::full({64, 64}, 7, at::kByte), 0);
    for (const auto& line : {at::full({65535, 1}, 7, at::kByte), at::full({1, 65535}, 7, at::kByte)}) {
      const auto square = resize_to_square(line, 64, rule);
      EXPECT_EQ(square.sizes(), at::IntArrayRef({64, 64}));
      EXPECT_EQ(square.max().item<int>(), 7);
    }
  }
}

TEST(LimitSide, KeepsTheAspectAndRoundsSidesDown) {
  EXPECT_EQ(limit_side(columns(200, 100), 96).sizes(), at::IntArrayRef({96, 48}));
  EXPECT_EQ(limit_side(columns(100, 70), 64).sizes(), at::IntArrayRef({64, 40})); // 45 wide
  EXPECT_EQ(limit_side(columns(50, 61), 64).sizes(), at::IntArrayRef({48, 56}));  // nothing to shrink
  EXPECT_EQ(limit_side(columns(65535, 1), 64).sizes(), at::IntArrayRef({64, 8}));
  EXPECT_EQ(limit_side(columns(1, 1), 64).sizes(), at::IntArrayRef({8, 8}));
}

TEST(LimitSide, LeavesAnImageThatFits) { EXPECT_CLOSE(limit_side(columns(64, 32), 64), columns(64, 32), 0); }

TEST(ResizeRule, NamesGoBothWays) {
  for (const std::string name : {"center-crop", "pad", "stretch"}) EXPECT_EQ(resize_rule_name(resize_rule(name)), name);
  EXPECT_THROW(resize_rule("crop"), InputError);
}

} // namespace
} // namespace cxr
