#include "metrics/ms_ssim.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "metrics/metric_fixtures.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

struct ImagePair {
  at::Tensor x, y;
};

/// As make_generative_metric_fixtures.py makes it.
ImagePair image_pair(const std::string& name, std::int64_t height, std::int64_t width) {
  const auto x = test::formula_image(name, height, width), other = test::formula_image(name + ", other", height, width);
  return {x, at::div(3 * x.to(at::kInt) + other.to(at::kInt), 4, "floor").to(at::kByte)};
}

TEST(MsSsim, AgreesWithTorchmetrics) {
  for (const auto& item : test::metric_fixtures("ms_ssim", "generative_metrics.json")) {
    SCOPED_TRACE(item.at("name"));
    const auto [x, y] = image_pair(item.at("name"), item.at("height"), item.at("width"));
    EXPECT_EQ(ms_ssim_scales(x.size(0), x.size(1)), item.at("scales"));
    EXPECT_NEAR(ms_ssim(x, y), item.at("ms_ssim"), 1e-8); // torchmetrics rounds its exponents to float32
    EXPECT_EQ(ms_ssim(y, x), ms_ssim(x, y));
  }
}

TEST(MsSsim, OneScaleAgreesWithScikitImage) {
  for (const auto& item : test::metric_fixtures("ms_ssim", "generative_metrics.json")) {
    SCOPED_TRACE(item.at("name"));
    const auto [x, y] = image_pair(item.at("name"), item.at("height"), item.at("width"));
    EXPECT_NEAR(ms_ssim(SsimPyramid(x, 1), SsimPyramid(y, 1)), item.at("ssim"), 1e-12); // order of the sums
  }
}

TEST(MsSsim, OfEqualAndOppositeImages) {
  const auto x = test::formula_image("x", 176, 200);
  EXPECT_NEAR(ms_ssim(x, x), 1, 1e-12);
  EXPECT_EQ(ms_ssim(x, 255 - x), 0); // structures of opposite sign count as none
  const auto black = at::zeros({20, 20}, at::kByte), white = at::full({20, 20}, 255, at::kByte);
  EXPECT_NEAR(ms_ssim(black, white), 0.01 * 0.01 / (1 + 0.01 * 0.01), 1e-12); // luminance of means 0 and 255
}

TEST(MsSsim, AsManyScalesAsFit) {
  EXPECT_EQ(ms_ssim_scales(512, 512), 5);
  EXPECT_EQ(ms_ssim_scales(176, 1000), 5);
  EXPECT_EQ(ms_ssim_scales(1000, 175), 4);
  EXPECT_EQ(ms_ssim_scales(88, 88), 4);
  EXPECT_EQ(ms_ssim_scales(87, 88), 3);
  EXPECT_EQ(ms_ssim_scales(22, 43), 2);
  EXPECT_EQ(ms_ssim_scales(11, 21), 1);
  EXPECT_EQ(ms_ssim_scales(10, 500), 0);
}

TEST(MsSsim, RefusesOtherShapesTypesAndScales) {
  const auto x = at::zeros({30, 30}, at::kByte);
  EXPECT_THROW(SsimPyramid(x, 3), LogicError);
  EXPECT_THROW(SsimPyramid(x.to(at::kFloat), 1), LogicError);
  EXPECT_THROW(ms_ssim(SsimPyramid(x, 1), SsimPyramid(x, 2)), LogicError);
  EXPECT_THROW(ms_ssim(x, at::zeros({30, 31}, at::kByte)), LogicError);
}

} // namespace
} // namespace cxr
