// Parity with transformers' text encoders, layer, block, model and extraction, on weights that exercise every parameter.
#include "models/text_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "models/bert_model.h"
#include "models/clip_text_model.h"
#include "models/fixture.h"
#include "nn/token_packing.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using test::on_path;
using test::Path;
using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

// The fixtures are float64 answers; the library's own float32 is within 5e-7 of them, a sum in another order within 1e-5.
constexpr double kTolerance = 1e-5;

fs::path fixture(const std::string& name) { return fs::path(CXR_FIXTURES) / "text_encoders" / name; }

class TextEncoderParity : public testing::TestWithParam<std::tuple<const char*, Path>> {
 protected:
  fs::path folder_ = fixture(std::get<0>(GetParam()));
  Path path_ = std::get<1>(GetParam());
  StateDict expected_ = read_safetensors(folder_ / "expected.safetensors");
  at::Tensor ids_ = expected_.at("ids"), mask_ = expected_.at("mask");
};

TEST_P(TextEncoderParity, HiddenStates) {
  const auto encoder = load_text_encoder(folder_);
  EXPECT_CLOSE(on_path(path_, [&] { return encoder->hidden_states(ids_, mask_); }), expected_.at("hidden_states"), kTolerance);
  if (expected_.contains("unmasked")) {
    EXPECT_CLOSE(on_path(path_, [&] { return encoder->hidden_states(ids_, {}); }), expected_.at("unmasked"), kTolerance);
  }
}

TEST_P(TextEncoderParity, EveryExtraction) {
  const auto encoder = load_text_encoder(folder_);
  for (const char* name : {"cls", "mean", "pooler", "specific"}) {
    const auto extraction = parse_extraction(name);
    ASSERT_EQ(encoder->offers(extraction), expected_.contains(name)) << name;
    const auto extract = [&] { return encoder->extract(extraction, expected_.at("hidden_states"), ids_, mask_); };
    if (encoder->offers(extraction)) {
      EXPECT_EQ(encoder->width(extraction), expected_.at(name).size(1));
      EXPECT_CLOSE(on_path(path_, extract), expected_.at(name), kTolerance) << name;
    } else {
      EXPECT_THAT(test::refusal([&] { encoder->extract(extraction, expected_.at("hidden_states"), ids_, mask_); }),
                  AllOf(HasSubstr(name), HasSubstr("a checkpoint without")));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, TextEncoderParity,
                         testing::Combine(testing::Values("bert", "bert_mlm", "roberta", "cxr_bert", "clip_projection", "clip_sd",
                                                          "clip_whole"),
                                          testing::Values(Path::kPlain, Path::kFused)));

class BertParity : public TextEncoderParity {};

TEST_P(BertParity, LayersAndBlocks) {
  auto model = load_bert_model(folder_);
  auto modules = model->named_modules();
  const auto states = [&](const std::string& name) { return expected_.at(name); };
  const auto run = [&](const std::string& name, const at::Tensor& x) {
    return on_path(path_, [&]() -> at::Tensor {
      nn::Sequences padded{.mask = mask_.ne(0).view({mask_.size(0), 1, 1, mask_.size(1)})};
      const nn::TokenPacking packing(mask_.sizes(), mask_);
      const bool fused = path_ == Path::kFused;
      const auto& sequences = fused ? packing.sequences() : padded;
      const auto input = fused ? packing.pack(x) : x;
      const auto y = name.ends_with(".self")        ? modules[name]->as<BertSelfAttention>()->forward(input, sequences)
                     : name.ends_with(".attention") ? modules[name]->as<BertAttention>()->forward(input, sequences)
                                                    : modules[name]->as<BertLayer>()->forward(input, sequences);
      return fused ? packing.unpack(y) : y * mask_.unsqueeze(-1);
    });
  };
  auto* embeddings = modules["embeddings"]->as<BertEmbeddings>();
  EXPECT_CLOSE(embeddings->forward(ids_, embeddings->positions(ids_).expand_as(ids_)), states("embeddings"), kTolerance);
  for (int i = 0; i < 2; ++i) {
    const auto layer = fmt::format("encoder.layer.{}", i);
    const auto input = i == 0 ? states("embeddings") : states("encoder.layer.0");
    for (const auto& name : {layer + ".attention.self", layer + ".attention", layer}) {
      EXPECT_CLOSE(run(name, input), states(name), kTolerance) << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, BertParity,
                         testing::Combine(testing::Values("bert", "bert_mlm", "roberta", "cxr_bert"),
                                          testing::Values(Path::kPlain, Path::kFused)));

class ClipParity : public TextEncoderParity {};

TEST_P(ClipParity, LayersAndBlocks) {
  auto model = load_clip_text_model(text_encoder_folder(folder_));
  auto modules = model->named_modules();
  const nn::TokenPacking packing(ids_.sizes(), {}, /*causal=*/true);
  const nn::Sequences padded{.causal = true};
  const auto run = [&](auto&& forward, const at::Tensor& x) {
    return on_path(path_, [&]() -> at::Tensor {
      if (path_ == Path::kPlain) return forward(x, padded);
      return packing.unpack(forward(packing.pack(x), packing.sequences()));
    });
  };
  EXPECT_CLOSE(modules["embeddings"]->as<ClipTextEmbeddings>()->forward(ids_), expected_.at("embeddings"), kTolerance);
  for (int i = 0; i < 2; ++i) {
    const auto name = fmt::format("encoder.layers.{}", i);
    const auto x = i == 0 ? expected_.at("embeddings") : expected_.at("encoder.layers.0");
    auto* layer = modules[name]->as<ClipEncoderLayer>();
    EXPECT_CLOSE(run([&](const at::Tensor& in, const nn::Sequences& s) { return layer->forward(in, s); }, x), expected_.at(name),
                 kTolerance);
    auto* norm = modules[name + ".layer_norm1"]->as<torch::nn::LayerNorm>();
    auto* attention = modules[name + ".self_attn"]->as<ClipAttention>();
    const auto attend = [&](const at::Tensor& in, const nn::Sequences& s) {
      return attention->forward(norm->forward(in), s, at::zeros_like(in));
    };
    EXPECT_CLOSE(run(attend, x), expected_.at(name + ".self_attn"), kTolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, ClipParity,
                         testing::Combine(testing::Values("clip_projection", "clip_sd", "clip_whole"),
                                          testing::Values(Path::kPlain, Path::kFused)));

TEST(ClipTextModel, GradientsReachTheTokenEmbeddings) {
  const auto expected = read_safetensors(fixture("clip_sd") / "expected.safetensors");
  auto model = load_clip_text_model(fixture("clip_sd") / "text_encoder");
  auto table = model->named_parameters()["embeddings.token_embedding.weight"];
  table.set_requires_grad(true);
  (model(expected.at("ids")) * expected.at("loss_weights")).sum().backward();
  EXPECT_CLOSE(table.grad(), expected.at("token_gradient"), kTolerance);
}

TEST(ClipTextModel, ShorterPaddingGivesTheSameStates) {
  const c10::InferenceMode no_autograd;
  const auto expected = read_safetensors(fixture("clip_projection") / "expected.safetensors");
  auto model = load_clip_text_model(fixture("clip_projection"));
  const auto ids = expected.at("ids").slice(0, 0, 1).slice(1, 0, 5); // the first text without its padding
  EXPECT_CLOSE(model(ids), expected.at("hidden_states").slice(0, 0, 1).slice(1, 0, 5), kTolerance);
  EXPECT_CLOSE(model->pooled(model(ids), ids), expected.at("pooler").slice(0, 0, 1), kTolerance);
}

TEST(TextEncoder, ReducedPrecisionStaysNearFloat32) {
  const c10::InferenceMode no_autograd;
  for (const char* name : {"bert", "roberta", "clip_sd"}) {
    const auto expected = read_safetensors(fixture(name) / "expected.safetensors");
    for (const auto dtype : {at::kBFloat16, at::kHalf}) {
      const auto encoder = load_text_encoder(fixture(name), {.dtype = dtype});
      const auto states = encoder->hidden_states(expected.at("ids"), expected.at("mask"));
      EXPECT_EQ(states.scalar_type(), dtype);
      EXPECT_CLOSE(states, expected.at("hidden_states"), dtype == at::kHalf ? 5e-3 : 0.05); // 11 and 8 bits of mantissa
      const auto mean = encoder->extract(Extraction::kMean, states, expected.at("ids"), expected.at("mask"));
      EXPECT_EQ(mean.scalar_type(), at::kFloat);
      EXPECT_CLOSE(mean, expected.at("mean"), dtype == at::kHalf ? 5e-3 : 0.05);
    }
  }
}

TEST(TextEncoder, StatesWhatItHolds) {
  const auto roberta = load_text_encoder(fixture("roberta")), clip = load_text_encoder(fixture("clip_sd"));
  EXPECT_EQ(roberta->max_tokens(), 18); // 20 positions, two of which padding_idx = 1 takes
  EXPECT_FALSE(roberta->has_fixed_length());
  EXPECT_EQ(clip->max_tokens(), 12);
  EXPECT_TRUE(clip->has_fixed_length());
  EXPECT_EQ(clip->vocabulary_size(), 40);
  EXPECT_EQ(clip->hidden_size(), 16);
}

TEST(TextEncoder, RefusesTokensThatItDoesNotHave) {
  const auto encoder = load_text_encoder(fixture("roberta"));
  const auto run = [&](const at::Tensor& ids) { return test::refusal([&] { encoder->hidden_states(ids, {}); }); };
  EXPECT_THAT(run(at::full({1, 3}, 40, at::kLong)), AllOf(HasSubstr("0 to 39"), HasSubstr("40")));
  EXPECT_THAT(run(at::full({1, 3}, -1, at::kLong)), AllOf(HasSubstr("0 to 39"), HasSubstr("-1")));
  EXPECT_THAT(run(at::full({1, 19}, 5, at::kLong)), AllOf(HasSubstr("at most 18"), HasSubstr("19")));
  EXPECT_EQ(encoder->hidden_states(at::full({1, 18}, 5, at::kLong), {}).size(1), 18);
}

// A copy of a fixture whose configuration is changed.
class ChangedFolder {
 public:
  ChangedFolder(const std::string& name, const std::function<void(nlohmann::json&)>& change) {
    fs::copy(fixture(name), folder_.path(), fs::copy_options::recursive);
    auto config = JsonFile(folder_ / "config.json").root();
    change(config);
    std::ofstream(folder_ / "config.json") << config;
  }
  std::string refusal() const {
    return test::refusal([&] { load_text_encoder(folder_.path()); });
  }

 private:
  test::TemporaryFolder folder_;
};

std::string changed(const std::string& name, const std::string& field, const nlohmann::json& value) {
  return ChangedFolder(name, [&](nlohmann::json& config) { config[field] = value; }).refusal();
}

TEST(LoadTextEncoder, NamesWhatIsWrongWithTheConfiguration) {
  EXPECT_THAT(changed("bert", "model_type", "t5"), AllOf(HasSubstr("model_type"), HasSubstr("roberta"), HasSubstr("t5")));
  EXPECT_THAT(changed("bert", "hidden_act", "mish"), AllOf(HasSubstr("hidden_act"), HasSubstr("quick_gelu"), HasSubstr("mish")));
  EXPECT_THAT(changed("bert", "num_attention_heads", 3), AllOf(HasSubstr("a divisor of hidden_size = 16"), HasSubstr("3")));
  EXPECT_THAT(changed("bert", "num_hidden_layers", 0), AllOf(HasSubstr("num_hidden_layers"), HasSubstr("1 to 256")));
  EXPECT_THAT(changed("bert", "hidden_size", "16"), AllOf(HasSubstr("hidden_size"), HasSubstr("an integer")));
  EXPECT_THAT(changed("bert", "layer_norm_eps", 0), HasSubstr("layer_norm_eps"));
  EXPECT_THAT(changed("bert", "position_embedding_type", "relative_key"), HasSubstr("relative_key"));
  EXPECT_THAT(changed("bert", "is_decoder", true), HasSubstr("is_decoder"));
  EXPECT_THAT(changed("roberta", "pad_token_id", 40), AllOf(HasSubstr("pad_token_id"), HasSubstr("40")));
  EXPECT_THAT(changed("clip_whole", "text_config", 7), AllOf(HasSubstr("text_config"), HasSubstr("an object")));
  const ChangedFolder nested("clip_whole", [](nlohmann::json& config) { config["text_config"]["hidden_act"] = "mish"; });
  EXPECT_THAT(nested.refusal(), HasSubstr("text_config.hidden_act"));
}

TEST(LoadTextEncoder, NamesEveryKeyThatTheConfigurationDisagreesWith) {
  EXPECT_THAT(changed("bert", "vocab_size", 41),
              AllOf(HasSubstr("1 mis-shaped"), HasSubstr("embeddings.word_embeddings.weight [40,16] instead of [41,16]")));
  EXPECT_THAT(changed("bert", "num_hidden_layers", 3), AllOf(HasSubstr("16 missing"), HasSubstr("encoder.layer.2.")));
  EXPECT_THAT(changed("bert", "num_hidden_layers", 1), AllOf(HasSubstr("16 unexpected"), HasSubstr("encoder.layer.1.")));
  EXPECT_THAT(changed("clip_projection", "projection_dim", 11), HasSubstr("text_projection.weight [10,16] instead of [11,16]"));
  // A head of a kind that the model type does not have is no masked-language head.
  EXPECT_THAT(changed("cxr_bert", "model_type", "bert"), AllOf(HasSubstr("unexpected"), HasSubstr("cls_projection_head")));
}

TEST(LoadTextEncoder, OlderTextConfigurationOfAWholeClipWins) {
  const ChangedFolder folder("clip_whole", [](nlohmann::json& config) {
    config["text_config_dict"] = config["text_config"];
    config["text_config"]["num_hidden_layers"] = 9;
  });
  EXPECT_EQ(folder.refusal(), "nothing was refused");
}

TEST(ParseExtraction, KnowsTheFour) {
  for (const char* name : {"cls", "mean", "pooler", "specific"}) EXPECT_EQ(extraction_name(parse_extraction(name)), name);
  EXPECT_THAT(test::refusal([] { parse_extraction("max"); }), AllOf(HasSubstr("--extraction"), HasSubstr("max")));
}

} // namespace
} // namespace cxr
