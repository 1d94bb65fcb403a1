// From 8-bit images to network inputs, as each library prepares them.
#include "models/model_input.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/fixture.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

at::Tensor on_grid(const at::Tensor& image, const at::Tensor& grid) {
  return image.index_select(2, grid).index_select(3, grid).slice(1, 0, 1);
}

TEST(XrayInput, EqualsTorchxrayvision) {
  const auto expected = read_safetensors(test::model_fixture("xray_preprocessing.safetensors"));
  const auto& grid = expected.at("grid");
  for (const auto& [height, width] : {std::pair{512, 512}, {300, 420}, {90, 70}}) {
    const auto key = fmt::format("{}x{}", height, width);
    const auto image = test::formula_image(key, height, width).unsqueeze(0);
    // Source coordinates are float32 here, as in the library itself, and float64 in the fixture: 512 · 2^-24 of a pixel times the
    // slope.
    EXPECT_CLOSE(on_grid(xray_input(image, 224, XrayResize::kAntialias), grid), expected.at(key + ".antialiased"), 3e-5) << key;
    EXPECT_CLOSE(on_grid(xray_input(image, 224, XrayResize::kPlain), grid), expected.at(key + ".plain"), 3e-5) << key;
  }
}

TEST(FidInput, EqualsEachTool) {
  const auto expected = read_safetensors(test::model_fixture("inception_preprocessing.safetensors"));
  const auto& grid = expected.at("grid");
  for (const auto& [height, width] : {std::pair{512, 512}, {64, 50}}) {
    const auto key = fmt::format("{}x{}", height, width);
    const auto image = test::formula_image(key, height, width).unsqueeze(0);
    // pytorch-fid: float32 coordinates against float64 ones, as above; torch-fidelity computes them in float32 itself.
    EXPECT_CLOSE(on_grid(fid_input(image, FidResize::kPytorchFid), grid), expected.at(key + ".pytorch_fid"), 3e-5) << key;
    EXPECT_CLOSE(on_grid(fid_input(image, FidResize::kTorchFidelity), grid), expected.at(key + ".torch_fidelity"), 2e-6) << key;
    // Pillow keeps its coefficients in float64.
    EXPECT_CLOSE(on_grid(fid_input(image, FidResize::kCleanFid), grid), expected.at(key + ".clean_fid"), 1e-5) << key;
  }
}

TEST(VaeInput, MapsBytesToPlusMinusOneAndBack) {
  const auto bytes = at::arange(256, at::kByte).view({1, 16, 16});
  const auto x = vae_input(bytes);
  EXPECT_EQ(x.sizes().vec(), (std::vector<std::int64_t>{1, 3, 16, 16}));
  EXPECT_FLOAT_EQ(x.min().item<float>(), -1);
  EXPECT_FLOAT_EQ(x.max().item<float>(), 1);
  EXPECT_TRUE(to_grey8(x).equal(bytes));
  EXPECT_TRUE(to_rgb8(x).equal(bytes.unsqueeze(-1).expand({1, 16, 16, 3})));
}

TEST(ToGrey, RoundsTheMeanOfUnroundedChannels) {
  // 0.4, 0.4, 0.9 grey levels: the mean 0.57 rounds to 1, the rounded channels' mean to 0.
  const auto sample = (at::tensor({0.4F, 0.4F, 0.9F}).view({1, 3, 1, 1}) / 127.5) - 1;
  EXPECT_EQ(to_grey8(sample).item<int>(), 1);
  EXPECT_EQ(to_rgb8(at::full({1, 3, 1, 1}, 7.0F)).max().item<int>(), 255);
}

TEST(FidResize, NamesAreChecked) { EXPECT_THROW(parse_fid_resize("bicubic"), InputError); }

} // namespace
} // namespace cxr
