// Parity with diffusers' AutoencoderKL, module by module, on weights that exercise every parameter.
#include "models/autoencoder_kl.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "models/fixture.h"
#include "models/pretrained.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using test::Path;

// The fixtures are float64 answers; the library's own float32 is within 8e-7 of them, a sum in another order within 1e-5.
constexpr double kTolerance = 1e-5;

at::Tensor forward(torch::nn::Module& module, const at::Tensor& x) {
  if (auto* m = module.as<nn::Conv2d>()) return m->forward(x);
  if (auto* m = module.as<nn::GroupNorm>()) return m->forward(x);
  if (auto* m = module.as<nn::ResnetBlock2D>()) return m->forward(x);
  if (auto* m = module.as<nn::VaeAttention>()) return m->forward(x);
  if (auto* m = module.as<nn::Downsample2D>()) return m->forward(x);
  if (auto* m = module.as<nn::Upsample2D>()) return m->forward(x);
  if (auto* m = module.as<DownEncoderBlock2D>()) return m->forward(x);
  if (auto* m = module.as<UNetMidBlock2D>()) return m->forward(x);
  if (auto* m = module.as<UpDecoderBlock2D>()) return m->forward(x);
  if (auto* m = module.as<VaeEncoder>()) return m->forward(x);
  if (auto* m = module.as<VaeDecoder>()) return m->forward(x);
  throw LogicError("a module of an unknown kind");
}

// Which recorded tensor is the input of the module that returned `name`.
std::string input_of(const std::string& name, std::int64_t blocks, std::int64_t layers) {
  const auto last_down = fmt::format("encoder.down_blocks.{}", blocks - 1);
  std::map<std::string, std::string> inputs = {
      {"encoder.conv_in", "sample"},
      {"encoder.down_blocks.0", "encoder.conv_in"},
      {"encoder.down_blocks.0.resnets.0", "encoder.conv_in"},
      {"encoder.down_blocks.0.downsamplers.0", fmt::format("encoder.down_blocks.0.resnets.{}", layers - 1)},
      {"encoder.mid_block", last_down},
      {"encoder.mid_block.resnets.0", last_down},
      {"encoder.mid_block.attentions.0", "encoder.mid_block.resnets.0"},
      {"encoder", "sample"},
      {"post_quant_conv", "mean"},
      {"decoder.conv_in", "post_quant_conv"},
      {"decoder.mid_block", "decoder.conv_in"},
      {"decoder.mid_block.resnets.0", "decoder.conv_in"},
      {"decoder.mid_block.attentions.0", "decoder.mid_block.resnets.0"},
      {"decoder.up_blocks.0", "decoder.mid_block"},
      {"decoder.up_blocks.0.resnets.0", "decoder.mid_block"},
      {"decoder.up_blocks.0.upsamplers.0", fmt::format("decoder.up_blocks.0.resnets.{}", layers)},
      {"decoder", "post_quant_conv"}};
  for (std::int64_t i = 1; i < blocks; ++i) {
    inputs[fmt::format("encoder.down_blocks.{}", i)] = fmt::format("encoder.down_blocks.{}", i - 1);
    inputs[fmt::format("decoder.up_blocks.{}", i)] = fmt::format("decoder.up_blocks.{}", i - 1);
  }
  for (std::int64_t i = 1; i <= layers; ++i) {
    inputs[fmt::format("encoder.down_blocks.0.resnets.{}", i)] = fmt::format("encoder.down_blocks.0.resnets.{}", i - 1);
    inputs[fmt::format("decoder.up_blocks.0.resnets.{}", i)] = fmt::format("decoder.up_blocks.0.resnets.{}", i - 1);
  }
  return inputs.at(name);
}

class AutoencoderKLParity : public testing::TestWithParam<std::tuple<const char*, Path>> {
 protected:
  AutoencoderKLParity()
      : folder_(test::model_fixture(std::get<0>(GetParam()))),
        vae_(load_autoencoder_kl(folder_)),
        expected_(read_safetensors(folder_ / "expected.safetensors")) {}

  at::Tensor run(const std::function<at::Tensor()>& work) { return test::on_path(std::get<1>(GetParam()), work); }

  std::filesystem::path folder_;
  AutoencoderKL vae_;
  StateDict expected_;
};

TEST_P(AutoencoderKLParity, EveryRecordedModule) {
  int compared = 0;
  for (const auto& item : vae_->named_modules()) {
    const auto& name = item.key();
    if (!expected_.contains(name)) continue;
    const auto blocks = std::ssize(vae_->options().block_out_channels);
    const auto& input = expected_.at(input_of(name, blocks, vae_->options().layers_per_block));
    EXPECT_CLOSE(run([&] { return forward(*item.value(), input); }), expected_.at(name), kTolerance) << name;
    ++compared;
  }
  EXPECT_GE(compared, 20);
}

// Inputs of almost no variance, where the epsilon of each normalisation shows.
TEST_P(AutoencoderKLParity, QuietInputs) {
  int compared = 0;
  for (const auto& item : vae_->named_modules()) {
    const auto name = "quiet." + item.key();
    if (!expected_.contains(name)) continue;
    const auto y = run([&] { return forward(*item.value(), expected_.at(name + ".input")); });
    EXPECT_CLOSE(y, expected_.at(name), 1e-4) << name; // rounding of inputs near 1 is a larger part of such a small variance
    ++compared;
  }
  EXPECT_GE(compared, 4);
}

TEST_P(AutoencoderKLParity, WholeModel) {
  const auto moments = run([&] { return vae_->encode(expected_.at("sample")); });
  EXPECT_CLOSE(moments, expected_.at("moments"), kTolerance);
  const DiagonalGaussian posterior(moments);
  EXPECT_CLOSE(posterior.mean, expected_.at("mean"), kTolerance);
  EXPECT_CLOSE(posterior.logvar, expected_.at("logvar"), kTolerance);
  EXPECT_CLOSE(run([&] { return vae_->decode(expected_.at("mean")); }), expected_.at("decoded"), kTolerance);
}

TEST_P(AutoencoderKLParity, SizesThatTheFactorDoesNotDivide) {
  const auto moments = run([&] { return vae_->encode(expected_.at("odd.sample")); });
  EXPECT_CLOSE(moments, expected_.at("odd.moments"), kTolerance);
  EXPECT_CLOSE(run([&] { return vae_->decode(expected_.at("odd.moments").chunk(2, 1)[0]); }), expected_.at("odd.decoded"),
               kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Folders, AutoencoderKLParity,
                         testing::Combine(testing::Values("vae_sd1_fp16", "vae_old_bin", "vae_sharded"),
                                          testing::Values(Path::kPlain, Path::kFused)));

TEST(DiagonalGaussian, ClampsAndSamplesAsDiffusers) {
  const auto expected = read_safetensors(test::model_fixture("posterior.safetensors"));
  const DiagonalGaussian posterior(expected.at("parameters"));
  EXPECT_CLOSE(posterior.logvar, expected.at("logvar"), 1e-7);
  EXPECT_CLOSE(posterior.sample(expected.at("noise")), expected.at("sample"), 1e-6); // exp in float32
}

TEST(AutoencoderKLOptions, ScalingFactorDefaultsToStableDiffusions) {
  EXPECT_DOUBLE_EQ(AutoencoderKLOptions::read(test::model_fixture("vae_old_bin") / "config.json").scaling_factor, 0.18215);
  EXPECT_DOUBLE_EQ(AutoencoderKLOptions::read(test::model_fixture("vae_sharded") / "config.json").scaling_factor, 0.5);
}

TEST(AutoencoderKL, BrainFloat16StaysNearFloat32) {
  const auto folder = test::model_fixture("vae_sd1_fp16");
  const auto expected = read_safetensors(folder / "expected.safetensors");
  const c10::InferenceMode no_autograd;
  auto vae = load_autoencoder_kl(folder, {.dtype = at::kBFloat16});
  const auto moments = vae->encode(expected.at("sample").to(at::kBFloat16));
  EXPECT_CLOSE(moments, expected.at("moments"), 0.05); // 8 bits of mantissa through some forty layers
}

} // namespace
} // namespace cxr
