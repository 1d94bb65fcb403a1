// Parity with diffusers' UNet2DConditionModel, layer by layer, block by block and whole, on weights that exercise every parameter.
#include "models/unet_2d_condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "io/json.h"
#include "models/fixture.h"
#include "models/pretrained.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

using nlohmann::json;
using test::Path;
using testing::AllOf;
using testing::HasSubstr;

// The fixtures are float64 answers. diffusers' own float32 is within 1e-6 of them, and its gradients within 7e-6; sums run in
// another order here.
constexpr double kTolerance = 1e-5, kGradientTolerance = 3e-5;

std::filesystem::path fixture(const std::string& name) { return std::filesystem::path(CXR_FIXTURES) / "unets" / name; }

UNet2DCondition formula_unet(const std::string& name, const LoadOptions& options = {}) {
  UNet2DCondition unet(UNet2DConditionOptions::read(fixture(name) / "config.json"));
  StateDict state;
  for (const auto& item : unet->named_parameters()) state[item.key()] = test::formula_tensor(item.key(), item.value().sizes());
  load_state_dict(*unet, state, name, options);
  return unet;
}

// What a module sees, whatever its kind.
struct Inputs {
  at::Tensor x; // [N,C,H,W], or tokens [N,H·W,C]
  UNetCondition condition;
  std::vector<at::Tensor> skips;
};

at::Tensor forward(torch::nn::Module& module, Inputs in) {
  const auto zero = at::zeros_like(in.x);
  if (auto* m = module.as<nn::GroupNorm>()) return m->forward(in.x);
  if (auto* m = module.as<nn::ResnetBlock2D>()) return m->forward(in.x, in.condition.time);
  if (auto* m = module.as<nn::Transformer2DModel>()) return m->forward(in.x, in.condition.text);
  if (auto* m = module.as<nn::BasicTransformerBlock>()) return m->forward(in.x, in.condition.text);
  if (auto* m = module.as<nn::Attention>()) return m->forward(in.x, in.condition.text, zero);
  if (auto* m = module.as<nn::Geglu>()) return m->forward(in.x);
  if (auto* m = module.as<nn::GegluFeedForward>()) return m->forward(in.x, zero);
  if (auto* m = module.as<nn::Downsample2D>()) return m->forward(in.x);
  if (auto* m = module.as<nn::Upsample2D>()) return m->forward(in.x);
  if (auto* m = module.as<UNetDownBlock2D>()) return m->forward(in.x, in.condition, in.skips);
  if (auto* m = module.as<UNetMidBlock2DCrossAttn>()) return m->forward(in.x, in.condition);
  if (auto* m = module.as<UNetUpBlock2D>()) return m->forward(in.x, in.condition, in.skips);
  throw LogicError("a module of an unknown kind");
}

class UNetParity : public testing::TestWithParam<std::tuple<const char*, Path>> {
 protected:
  UNetParity()
      : unet_(formula_unet(std::get<0>(GetParam()))),
        expected_(read_safetensors(fixture(std::get<0>(GetParam())) / "expected.safetensors")) {}

  at::Tensor run(const std::function<at::Tensor()>& work) { return test::on_path(std::get<1>(GetParam()), work); }

  void expect_whole(const std::string& prefix) {
    const auto part = [&](const char* name) { return expected_.at(prefix + name); };
    const auto y = run([&] { return unet_(part("sample"), part("timesteps"), part("condition")); });
    EXPECT_CLOSE(y, part("output"), kTolerance) << prefix;
  }

  // What the module `name` was given. An up block returns to the size of the skip that comes after its own: of its output.
  Inputs inputs_of(const std::string& name) const {
    Inputs in{expected_.at(name + ".input"), {expected_.at("time_embedding"), expected_.at("condition")}, {}};
    if (name.ends_with("attn1")) in.condition.text = at::Tensor();
    if (name.starts_with("up_blocks")) in.skips.push_back(expected_.at(name));
    for (int i = 0; expected_.contains(fmt::format("{}.skips.{}", name, i)); ++i) {
      in.skips.push_back(expected_.at(fmt::format("{}.skips.{}", name, i)));
    }
    return in;
  }

  UNet2DCondition unet_;
  StateDict expected_;
};

TEST_P(UNetParity, EveryRecordedModule) {
  int compared = 0;
  for (const auto& item : unet_->named_modules()) {
    const auto& name = item.key();
    if (!expected_.contains(name + ".input")) continue;
    EXPECT_CLOSE(run([&] { return forward(*item.value(), inputs_of(name)); }), expected_.at(name), kTolerance) << name;
    ++compared;
  }
  EXPECT_GE(compared, std::get<0>(GetParam()) == std::string_view("linear") ? 7 : 18);
}

TEST_P(UNetParity, TimeEmbedding) {
  const auto& o = unet_->options();
  const auto waves = nn::timestep_embedding(expected_.at("timesteps"), o.block_out_channels[0], o.flip_sin_to_cos, o.freq_shift);
  EXPECT_CLOSE(waves, expected_.at("time_proj"), 1e-6); // the same float32 operations
  auto* embedding = unet_->named_modules()["time_embedding"]->as<nn::TimestepEmbedding>();
  EXPECT_CLOSE(run([&] { return embedding->forward(waves); }), expected_.at("time_embedding"), kTolerance);
}

TEST_P(UNetParity, WholeModel) { expect_whole(""); }

TEST_P(UNetParity, SizesThatTheFactorDoesNotDivide) { expect_whole("odd."); }

TEST_P(UNetParity, ConditionOfOneToken) { expect_whole("single."); }

// Inputs of little variance, where the epsilon of each normalisation shows.
TEST_P(UNetParity, QuietInputs) {
  int compared = 0;
  for (const auto& item : unet_->named_modules()) {
    const auto name = "quiet." + item.key();
    if (!expected_.contains(name)) continue;
    Inputs inputs{expected_.at(name + ".input"), {}, {}};
    if (expected_.contains("quiet.time")) inputs.condition = {expected_.at("quiet.time"), expected_.at("quiet.condition")};
    EXPECT_CLOSE(run([&] { return forward(*item.value(), inputs); }), expected_.at(name), kTolerance) << name;
    ++compared;
  }
  EXPECT_EQ(compared, std::get<0>(GetParam()) == std::string_view("linear") ? 1 : 3);
}

INSTANTIATE_TEST_SUITE_P(Shapes, UNetParity,
                         testing::Combine(testing::Values("convolutional", "linear"), testing::Values(Path::kPlain, Path::kFused)));

class UNetGradients : public testing::TestWithParam<bool> {};

TEST_P(UNetGradients, EqualDiffusers) {
  auto unet = formula_unet("convolutional");
  unet->set_checkpointing(GetParam());
  const auto expected = read_safetensors(fixture("convolutional") / "expected.safetensors");
  auto parameters = unet->named_parameters();
  for (auto& p : parameters) p.value().set_requires_grad(true);
  auto sample = expected.at("sample").clone().set_requires_grad(true);
  auto condition = expected.at("condition").clone().set_requires_grad(true);
  (unet(sample, expected.at("timesteps"), condition) * expected.at("loss_weights")).sum().backward();
  int compared = 0;
  for (const auto& p : parameters) {
    ASSERT_TRUE(p.value().grad().defined()) << p.key();
    const auto found = expected.find("gradient." + p.key());
    if (found == expected.end()) continue;
    EXPECT_CLOSE(p.value().grad(), found->second, kGradientTolerance) << p.key();
    ++compared;
  }
  EXPECT_EQ(compared, 12);
  EXPECT_CLOSE(sample.grad(), expected.at("gradient.sample"), kGradientTolerance);
  EXPECT_CLOSE(condition.grad(), expected.at("gradient.condition"), kGradientTolerance);
}
INSTANTIATE_TEST_SUITE_P(Checkpointing, UNetGradients, testing::Bool());

TEST(UNet2DCondition, EqualTimestepsMayBeGivenOnce) {
  const c10::InferenceMode no_autograd;
  auto unet = formula_unet("convolutional");
  const auto expected = read_safetensors(fixture("convolutional") / "expected.safetensors");
  const auto &sample = expected.at("sample"), &condition = expected.at("condition");
  const auto once = unet(sample, at::full({1}, 321, at::kLong), condition);
  EXPECT_CLOSE(unet(sample, at::full({2}, 321, at::kLong), condition), once, kTolerance);
}

TEST(UNet2DCondition, LeavesItsInputsAlone) {
  const c10::InferenceMode no_autograd;
  auto unet = formula_unet("convolutional");
  const auto expected = read_safetensors(fixture("convolutional") / "expected.safetensors");
  const auto sample = expected.at("sample").contiguous(at::MemoryFormat::ChannelsLast).clone(), before = sample.clone();
  const auto first = unet(sample, expected.at("timesteps"), expected.at("condition"));
  EXPECT_TRUE(sample.equal(before));
  EXPECT_TRUE(unet(sample, expected.at("timesteps"), expected.at("condition")).equal(first));
}

TEST(UNet2DCondition, ReducedPrecisionStaysNearFloat32) {
  const c10::InferenceMode no_autograd;
  const auto expected = read_safetensors(fixture("convolutional") / "expected.safetensors");
  for (const auto dtype : {at::kBFloat16, at::kHalf}) {
    auto unet = formula_unet("convolutional", {.dtype = dtype});
    const auto y = unet(expected.at("sample").to(dtype), expected.at("timesteps"), expected.at("condition").to(dtype));
    EXPECT_EQ(y.scalar_type(), dtype);
    // diffusers' own bfloat16 is 0.035 off, its float16 0.003: two hundred roundings in sequence. Another order may double that.
    EXPECT_CLOSE(y, expected.at("output"), dtype == at::kHalf ? 0.006 : 0.07);
  }
}

TEST(UNet2DCondition, LoadsFromAStableDiffusionFolderAndFromItsOwn) {
  const c10::InferenceMode no_autograd;
  const auto expected = read_safetensors(fixture("sd") / "expected.safetensors");
  for (const auto& folder : {fixture("sd"), fixture("sd") / "unet"}) {
    auto unet = load_unet_2d_condition(folder);
    EXPECT_CLOSE(unet(expected.at("sample"), expected.at("timesteps"), expected.at("condition")), expected.at("output"),
                 kTolerance);
  }
}

TEST(UNet2DCondition, NamesTheWeightThatIsNotFinite) {
  UNet2DCondition unet(UNet2DConditionOptions::read(fixture("sd") / "unet" / "config.json"));
  auto state = read_state_dict(find_weights(fixture("sd") / "unet"));
  auto& weight = state.at("mid_block.resnets.1.conv2.weight");
  weight = weight.clone();
  weight[0][0][1][1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NO_THROW(load_state_dict(*unet, state, "file"));
  EXPECT_THAT(test::refusal([&] { load_state_dict(*unet, state, "file", {.check_finite = true}); }),
              AllOf(HasSubstr("file"), HasSubstr("mid_block.resnets.1.conv2.weight"), HasSubstr("1 of ")));
}

// The configuration of `convolutional` with one field changed, or the message that refuses it.
class UNetConfig : public testing::Test {
 protected:
  UNet2DConditionOptions read_with(const std::string& field, const json& value) {
    auto config = JsonFile(fixture("convolutional") / "config.json").root();
    config[field] = value;
    std::ofstream(folder_ / "config.json") << config.dump();
    return UNet2DConditionOptions::read(folder_ / "config.json");
  }
  std::string refusal(const std::string& field, const json& value) {
    return test::refusal([&] { read_with(field, value); });
  }

  test::TemporaryFolder folder_;
};

TEST_F(UNetConfig, ReadsWhatDiffusersWrote) {
  const auto o = UNet2DConditionOptions::read(fixture("linear") / "config.json");
  EXPECT_EQ(o.heads, (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(o.down_block_types, (std::vector<std::string>{"DownBlock2D", "CrossAttnDownBlock2D"}));
  EXPECT_TRUE(o.use_linear_projection);
  EXPECT_FALSE(o.flip_sin_to_cos);
  EXPECT_EQ(o.downsample_padding, 0);
}

TEST_F(UNetConfig, HeadsAreANumberOrAList) {
  EXPECT_EQ(read_with("attention_head_dim", 4).heads, (std::vector<std::int64_t>{4, 4, 4}));
  EXPECT_EQ(read_with("attention_head_dim", {1, 2, 4}).heads, (std::vector<std::int64_t>{1, 2, 4}));
  EXPECT_EQ(read_with("num_attention_heads", 1).heads, (std::vector<std::int64_t>{1, 1, 1}));
  EXPECT_THAT(refusal("attention_head_dim", {2, 2}), AllOf(HasSubstr("attention_head_dim"), HasSubstr("3 numbers")));
  EXPECT_THAT(refusal("attention_head_dim", 3), AllOf(HasSubstr("attention_head_dim"), HasSubstr("divide")));
  EXPECT_THAT(refusal("attention_head_dim", 0), HasSubstr("at least 1"));
}

TEST_F(UNetConfig, NamesAnUnknownBlockType) {
  EXPECT_THAT(refusal("down_block_types", {"AttnDownBlock2D", "DownBlock2D", "DownBlock2D"}),
              AllOf(HasSubstr("down_block_types"), HasSubstr("DownBlock2D or CrossAttnDownBlock2D"), HasSubstr("AttnDownBlock2D")));
  EXPECT_THAT(refusal("up_block_types", {"UpBlock2D", "UpBlock2D", "SkipUpBlock2D"}), HasSubstr("SkipUpBlock2D"));
  EXPECT_THAT(refusal("up_block_types", {"UpBlock2D"}), AllOf(HasSubstr("up_block_types"), HasSubstr("3 block types")));
  EXPECT_THAT(refusal("mid_block_type", "UNetMidBlock2DSimpleCrossAttn"), HasSubstr("UNetMidBlock2DSimpleCrossAttn"));
}

TEST_F(UNetConfig, NamesWhatWouldChangeTheResult) {
  for (const auto& [field, value] : std::map<std::string, json>{{"class_embed_type", "timestep"},
                                                                {"addition_embed_type", "text_time"},
                                                                {"dual_cross_attention", true},
                                                                {"only_cross_attention", {false, true, false}},
                                                                {"resnet_time_scale_shift", "scale_shift"},
                                                                {"time_cond_proj_dim", 256},
                                                                {"conv_in_kernel", 5},
                                                                {"transformer_layers_per_block", {1, 2, 1}},
                                                                {"encoder_hid_dim", 4096},
                                                                {"mid_block_scale_factor", 2},
                                                                {"act_fn", "gelu"},
                                                                {"norm_num_groups", nullptr},
                                                                {"_class_name", "UNet2DModel"}}) {
    EXPECT_THAT(refusal(field, value), HasSubstr(field)) << value;
  }
  EXPECT_NO_THROW(read_with("only_cross_attention", {false, false, false}));
  EXPECT_NO_THROW(read_with("upcast_attention", true));
}

TEST_F(UNetConfig, RefusesSizesThatMakeNoNetwork) {
  EXPECT_THAT(refusal("block_out_channels", {8, 11, 16}), AllOf(HasSubstr("block_out_channels"), HasSubstr("11")));
  EXPECT_THAT(refusal("block_out_channels", json::array()), HasSubstr("block_out_channels"));
  EXPECT_THAT(refusal("layers_per_block", 0), HasSubstr("layers_per_block"));
  EXPECT_THAT(refusal("cross_attention_dim", {8, 8}), HasSubstr("cross_attention_dim"));
  EXPECT_THAT(refusal("norm_eps", -1.0), HasSubstr("norm_eps"));
}

} // namespace
} // namespace cxr
