#include "metrics/image_quality.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"
#include "metrics/metric_fixtures.h"

namespace cxr {
namespace {

// Both sides compute in double from integers; only the order of the sums differs.
constexpr double kRounding = 1e-12;

TEST(ImageQuality, AgreesWithScikitImage) {
  for (const auto& pair : test::metric_fixtures("image_quality")) {
    SCOPED_TRACE(pair.at("name"));
    const auto x = test::image_of(pair.at("x")), y = test::image_of(pair.at("y"));
    EXPECT_NEAR(rmse(x, y), pair.at("rmse"), 255 * kRounding);
    EXPECT_NEAR(psnr(x, y), pair.at("psnr"), 100 * kRounding);
    EXPECT_NEAR(ssim(x, y), pair.at("ssim"), kRounding);
  }
}

TEST(ImageQuality, PaperScaleFollowsItsDefinition) {
  for (const auto& pair : test::metric_fixtures("paper_scale")) {
    const auto x = test::image_of(pair.at("x")), y = test::image_of(pair.at("y"));
    EXPECT_NEAR(rmse_paper(x, y), pair.at("rmse"), 2048 * kRounding);
    EXPECT_NEAR(psnr_paper(x, y), pair.at("psnr"), 100 * kRounding);
  }
}

// The relation that the published extremes and medians satisfy, from which the scale was read.
TEST(ImageQuality, PaperScaleSatisfiesThePublishedRelation) {
  const auto pair = test::metric_fixtures("paper_scale").front();
  const auto x = test::image_of(pair.at("x")), y = test::image_of(pair.at("y"));
  EXPECT_NEAR(psnr_paper(x, y), 20 * std::log10(std::sqrt(3) * 1024 / rmse_paper(x, y)), 1e-9);
}

TEST(ImageQuality, GreyStandsForThreeEqualChannels) {
  const auto x = at::randint(256, {9, 12}, at::kByte), y = at::randint(256, {9, 12}, at::kByte);
  const auto as_rgb = [](const at::Tensor& grey) { return grey.unsqueeze(-1).repeat({1, 1, 3}); };
  EXPECT_EQ(rmse_paper(x, y), rmse_paper(as_rgb(x), as_rgb(y)));
  EXPECT_EQ(psnr_paper(x, as_rgb(y)), psnr_paper(as_rgb(x), y));
  EXPECT_NEAR(rmse_paper(x, y), std::sqrt(3) * 2048 / 255 * rmse(x, y), 1e-9);
}

TEST(ImageQuality, EqualImages) {
  const auto x = at::randint(256, {16, 16}, at::kByte);
  EXPECT_EQ(rmse(x, x), 0);
  EXPECT_EQ(rmse_paper(x, x), 0);
  EXPECT_EQ(psnr(x, x), std::numeric_limits<double>::infinity());
  EXPECT_EQ(psnr_paper(x, x), std::numeric_limits<double>::infinity());
  EXPECT_EQ(ssim(x, x), 1);
}

TEST(ImageQuality, NonContiguousImagesAreReadInOrder) {
  const auto x = at::randint(256, {20, 30}, at::kByte), y = at::randint(256, {20, 30}, at::kByte);
  EXPECT_NEAR(ssim(x.t(), y.t()), ssim(x, y), kRounding);
  EXPECT_EQ(rmse(x.slice(1, 3, 9), y.slice(1, 3, 9)), rmse(x.slice(1, 3, 9).clone(), y.slice(1, 3, 9).clone()));
}

TEST(ImageQuality, AnImageSmallerThanTheWindowHasNoSsim) {
  const auto x = at::zeros({6, 100}, at::kByte);
  EXPECT_TRUE(std::isnan(ssim(x, x)));
  EXPECT_EQ(rmse(at::zeros({1, 1}, at::kByte), at::ones({1, 1}, at::kByte)), 1);
}

TEST(ImageQuality, LargeErrorsDoNotOverflow) {
  const auto black = at::zeros({700, 900, 3}, at::kByte), white = at::full({700, 900, 3}, 255, at::kByte);
  EXPECT_NEAR(rmse_paper(black, white), std::sqrt(3) * 2048, 1e-9);
}

TEST(ImageQuality, RefusesOtherTypesAndShapes) {
  const auto x = at::zeros({8, 8}, at::kByte);
  EXPECT_THROW(rmse(x, x.to(at::kFloat)), LogicError);
  EXPECT_THROW(psnr(x, at::zeros({8, 9}, at::kByte)), LogicError);
  EXPECT_THROW(ssim(at::zeros({8, 8, 3}, at::kByte), at::zeros({8, 8, 3}, at::kByte)), LogicError);
  EXPECT_THROW(rmse_paper(at::zeros({8, 8, 4}, at::kByte), at::zeros({8, 8, 4}, at::kByte)), LogicError);
}

} // namespace
} // namespace cxr
