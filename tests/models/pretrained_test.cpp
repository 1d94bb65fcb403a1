// Folders, strictness and the messages for what is wrong with them.
#include "models/pretrained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "models/autoencoder_kl.h"
#include "models/densenet.h"
#include "models/fixture.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing was refused";
}

void write_text(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

TEST(LoadStateDict, ListsEveryWrongKeyInOneError) {
  const auto folder = test::model_fixture("vae_sd1_fp16");
  auto state = read_state_dict(find_weights(folder));
  state.erase("encoder.conv_in.weight");
  state.erase("quant_conv.bias");
  state["decoder.conv_in.bias"] = at::zeros({3});
  state["stranger"] = at::zeros({1});
  AutoencoderKL vae(AutoencoderKLOptions::read(folder / "config.json"));
  EXPECT_THAT(refusal([&] { load_state_dict(*vae, state, "file"); }),
              AllOf(HasSubstr("2 missing (encoder.conv_in.weight, quant_conv.bias)"),
                    HasSubstr("1 mis-shaped (decoder.conv_in.bias [3] instead of [16])"), HasSubstr("1 unexpected (stranger)")));
}

TEST(LoadStateDict, NamesIntegersThatStandForWeights) {
  nn::Conv2d conv(nn::Conv2dOptions(2, 3, 1).without_bias());
  EXPECT_THAT(refusal([&] {
                load_state_dict(*conv, {{"weight", at::ones({3, 2, 1, 1}, at::kInt)}}, "file");
              }),
              HasSubstr("weight of Int instead of"));
}

TEST(LoadStateDict, ToleratesPositionIds) {
  const auto folder = test::model_fixture("vae_sd1_fp16");
  auto state = read_state_dict(find_weights(folder));
  state["text_model.embeddings.position_ids"] = at::zeros({1, 77}, at::kLong);
  AutoencoderKL vae(AutoencoderKLOptions::read(folder / "config.json"));
  EXPECT_NO_THROW(load_state_dict(*vae, state, "file"));
}

TEST(LoadStateDict, PackedWeightsFollowTheParameters) {
  const c10::InferenceMode no_autograd;
  nn::Conv2d conv(nn::Conv2dOptions(2, 3, 1).without_bias());
  const auto x = at::ones({1, 2, 4, 4});
  load_state_dict(*conv, {{"weight", at::ones({3, 2, 1, 1})}}, "first");
  EXPECT_CLOSE(conv(x), at::full({1, 3, 4, 4}, 2.0F), 0);
  load_state_dict(*conv, {{"weight", at::full({3, 2, 1, 1}, 5.0F)}}, "second");
  EXPECT_CLOSE(conv(x), at::full({1, 3, 4, 4}, 10.0F), 0);
}

TEST(WeightsDigest, SeesEveryFileOfAShardedIndex) {
  const test::TemporaryFolder root;
  fs::copy(test::model_fixture("vae_sharded"), root / "vae");
  const auto before = weights_digest(root / "vae");
  EXPECT_EQ(before, weights_digest(test::model_fixture("vae_sharded")));
  const auto changed = root.path() / "vae" / "diffusion_pytorch_model-00003-of-00004.safetensors";
  std::ofstream(changed, std::ios::app) << "x";
  fs::last_write_time(changed, fs::last_write_time(root.path() / "vae" / "SHA256SUMS") - std::chrono::hours(1));
  EXPECT_THAT(test::refusal([&] { weights_digest(root / "vae"); }),
              testing::HasSubstr("00003-of-00004.safetensors: SHA-256: expected")); // as it was recorded at its first use
  fs::remove(root / "vae" / "SHA256SUMS");
  EXPECT_NE(before, weights_digest(root / "vae"));
}

TEST(AttentionNames, ConvolutionsBecomeLinearLayers) {
  const auto state = with_current_attention_names({{"decoder.mid_block.attentions.0.proj_attn.weight", at::ones({4, 4, 1, 1})},
                                                   {"decoder.mid_block.attentions.0.query.bias", at::ones({4})}});
  EXPECT_EQ(state.at("decoder.mid_block.attentions.0.to_out.0.weight").dim(), 2);
  EXPECT_TRUE(state.contains("decoder.mid_block.attentions.0.to_q.bias"));
}

TEST(LoadAutoencoder, FindsTheVaeFolderOfAStableDiffusionFolder) {
  const test::TemporaryFolder root;
  fs::copy(test::model_fixture("vae_sharded"), root / "vae");
  EXPECT_NO_THROW(load_autoencoder_kl(root.path()));
}

TEST(LoadAutoencoder, SaysWhatIsWrongWithAFolder) {
  const test::TemporaryFolder root;
  const auto load = [&] { load_autoencoder_kl(root.path()); };
  EXPECT_THAT(refusal(load), HasSubstr("config.json"));
  write_text(root / "config.json", R"({"block_out_channels": [8, 6], "norm_num_groups": 4})");
  EXPECT_THAT(refusal(load),
              AllOf(HasSubstr("block_out_channels"), HasSubstr("multiples of norm_num_groups = 4"), HasSubstr("found 6")));
  write_text(root / "config.json", R"({"block_out_channels": "8"})");
  EXPECT_THAT(refusal(load), HasSubstr("block_out_channels"));
  write_text(root / "config.json", R"({"block_out_channels": [8], "norm_num_groups": 4, "act_fn": "mish"})");
  EXPECT_THAT(refusal(load), AllOf(HasSubstr("act_fn"), HasSubstr("mish")));
  write_text(root / "config.json", R"({"block_out_channels": [8], "norm_num_groups": 4})");
  EXPECT_THAT(refusal(load), AllOf(HasSubstr("weights"), HasSubstr("none of them")));
  write_text(root / "model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  EXPECT_THAT(refusal(load), HasSubstr("LFS"));
}

TEST(LoadDenseNet, ChecksItsConfiguration) {
  const test::TemporaryFolder root;
  write_text(root / "config.json", R"({"arch": "resnet50", "pathologies": []})");
  EXPECT_THAT(refusal([&] { load_densenet(root.path()); }), AllOf(HasSubstr("arch"), HasSubstr("resnet50")));
  write_text(root / "config.json", R"({"arch": "densenet121", "pathologies": ["Edema"]})");
  EXPECT_THAT(refusal([&] { load_densenet(root.path()); }),
              AllOf(HasSubstr("pathologies"), HasSubstr("18 entries"), HasSubstr("found 1")));
}

} // namespace
} // namespace cxr
