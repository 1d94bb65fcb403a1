// diffusers' AutoencoderKL with enable_tiling() and enable_slicing().
#include "models/tiled_vae.h"

#include <gtest/gtest.h>

#include "models/fixture.h"
#include "models/pretrained.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

class TiledVae : public testing::Test {
 protected:
  AutoencoderKL vae_ = load_autoencoder_kl(test::model_fixture("vae_sharded")); // tiles of 32 pixels, 8 latent pixels
  at::Tensor sample_ = test::formula_uniform("tiled.sample", {1, 3, 52, 36});
  at::Tensor latents_ = test::formula_uniform("tiled.latents", {1, 4, 13, 9});
  StateDict expected_ = read_safetensors(std::filesystem::path(CXR_FIXTURES) / "diffusion" / "tiles.safetensors");
  c10::InferenceMode no_autograd_;
};

TEST_F(TiledVae, EqualsDiffusersTiles) {
  constexpr double kTolerance = 1e-5; // as autoencoder_kl_test.cpp's: the fixtures are float64 answers
  EXPECT_CLOSE(vae_encode(vae_, sample_, {.tiling = true}), expected_.at("moments"), kTolerance);
  EXPECT_CLOSE(vae_decode(vae_, latents_, {.tiling = true}), expected_.at("decoded"), kTolerance);
}

TEST_F(TiledVae, AnImageOfOneTileIsTheWhole) {
  const auto small = latents_.slice(2, 0, 8).slice(3, 0, 8);
  EXPECT_CLOSE(vae_decode(vae_, small, {.tiling = true}), vae_->decode(small), 0);
}

TEST_F(TiledVae, SlicesAreTheImagesOfTheBatch) {
  const auto latents = test::formula_uniform("sliced.latents", {3, 4, 9, 6});
  EXPECT_CLOSE(vae_decode(vae_, latents, {.slicing = true}), vae_->decode(latents), 1e-6); // sums of another batch's blocking
  const auto tiles = vae_decode(vae_, latents, {.tiling = true});
  EXPECT_CLOSE(vae_decode(vae_, latents, {.slicing = true, .tiling = true}), tiles, 1e-6);
}

TEST_F(TiledVae, OutputHasTheWholesSizeWhateverTheTile) {
  auto options = vae_->options();
  for (const std::int64_t sample_size : {1, 20, 44}) { // tiles of 1, 5 and 11 latent pixels: taken as 4, 4 and 8
    options.sample_size = sample_size;
    AutoencoderKL other(options);
    for (auto& parameter : other->parameters()) parameter.detach().zero_();
    EXPECT_EQ(vae_decode(other, latents_, {.tiling = true}).sizes(), (std::vector<std::int64_t>{1, 3, 52, 36})) << sample_size;
    EXPECT_EQ(vae_encode(other, sample_, {.tiling = true}).sizes(), (std::vector<std::int64_t>{1, 8, 13, 9})) << sample_size;
  }
}

} // namespace
} // namespace cxr
