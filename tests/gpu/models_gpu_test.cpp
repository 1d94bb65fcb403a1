// The models on a GPU against the same fixtures as on the CPU: one code, another device.
#include <gtest/gtest.h>

#include "models/autoencoder_kl.h"
#include "models/densenet.h"
#include "models/fixture.h"
#include "models/inception_v3.h"
#include "models/pretrained.h"
#include "run/device.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

// cuDNN and cuBLAS may sum in TF32 unless told not to; in float32 they sum in another order than the CPU.
constexpr double kTolerance = 1e-5;

class ModelsOnGpu : public testing::Test {
 protected:
  void SetUp() override {
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
  }
  at::Device gpu_ = open_device("cuda", 0); // throws where there is none: this binary is for machines that have one
  c10::InferenceMode no_autograd_;
};

TEST_F(ModelsOnGpu, AutoencoderKL) {
  for (const char* name : {"vae_sd1_fp16", "vae_old_bin", "vae_sharded"}) {
    const auto folder = test::model_fixture(name);
    const auto expected = read_safetensors(folder / "expected.safetensors");
    auto vae = load_autoencoder_kl(folder, {.device = gpu_});
    EXPECT_CLOSE(vae->encode(expected.at("sample").to(gpu_)), expected.at("moments"), kTolerance) << name;
    EXPECT_CLOSE(vae->decode(expected.at("mean").to(gpu_)), expected.at("decoded"), kTolerance) << name;
  }
}

TEST_F(ModelsOnGpu, DenseNet) {
  const auto folder = test::model_fixture("densenet");
  const auto expected = read_safetensors(folder / "expected.safetensors");
  auto model = load_densenet(folder, {.device = gpu_});
  const auto features = model.ptr()->features(expected.at("images").to(gpu_));
  EXPECT_CLOSE(features, expected.at("features"), kTolerance);
  EXPECT_CLOSE(model.ptr()->logits(features), expected.at("logits"), kTolerance);
}

TEST_F(ModelsOnGpu, InceptionEqualsTheCpu) {
  const auto images = test::formula_uniform("images", {2, 3, 139, 139});
  const std::vector<std::int64_t> taps(kInceptionTaps.begin(), kInceptionTaps.end());
  const auto expected = random_inception_v3(0)->features(images, taps);
  for (const auto& [tap, features] : random_inception_v3(0, {.device = gpu_})->features(images.to(gpu_), taps)) {
    EXPECT_CLOSE(features, expected.at(tap), kTolerance) << tap;
  }
}

} // namespace
} // namespace cxr
