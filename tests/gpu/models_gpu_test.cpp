// The models on a GPU against the same fixtures as on the CPU: one code, another device.
#include <gtest/gtest.h>

#include "models/autoencoder_kl.h"
#include "models/densenet.h"
#include "models/fixture.h"
#include "models/inception_v3.h"
#include "models/pretrained.h"
#include "models/text_encoder.h"
#include "gpu/on_gpu.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

// In float32 they sum in another order than the CPU.
constexpr double kTolerance = 1e-5;

class ModelsOnGpu : public test::OnGpu {
 protected:
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

TEST_F(ModelsOnGpu, TextEncoders) {
  for (const char* name : {"bert", "bert_mlm", "roberta", "cxr_bert", "clip_projection", "clip_sd", "clip_whole"}) {
    const auto folder = std::filesystem::path(CXR_FIXTURES) / "text_encoders" / name;
    const auto expected = read_safetensors(folder / "expected.safetensors");
    const auto ids = expected.at("ids"), mask = expected.at("mask");
    const auto encoder = load_text_encoder(folder, {.device = gpu_});
    const auto states = encoder->hidden_states(ids, mask);
    EXPECT_CLOSE(states, expected.at("hidden_states"), kTolerance) << name;
    for (const char* extraction : {"cls", "mean", "pooler", "specific"}) {
      if (!expected.contains(extraction)) continue;
      EXPECT_CLOSE(encoder->extract(parse_extraction(extraction), states, ids, mask), expected.at(extraction), kTolerance)
          << name << " " << extraction;
    }
    const auto half = load_text_encoder(folder, {.dtype = at::kHalf, .device = gpu_});
    EXPECT_CLOSE(half->hidden_states(ids, mask), expected.at("hidden_states"), 5e-3) << name; // 11 bits of mantissa
  }
}

} // namespace
} // namespace cxr
