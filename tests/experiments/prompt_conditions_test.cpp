// Conditions of prompts: parity with diffusers' pipeline, learned tokens, projections.
#include "experiments/prompt_conditions.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "experiments/formula_folders.h"
#include "io/safetensors.h"
#include "models/learned_embeddings.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

// As the text encoders' own tests: float32 in another order of summation against float64 answers.
constexpr double kTolerance = 1e-5;

const std::string kLong = [] { // the script's third prompt
  std::string text;
  for (int i = 0; i < 70; ++i) text += "small ";
  return text + "pleural effusion of the lungs";
}();
const std::array<std::string, 3> kPrompts = {"", "a photo of a lung xray with visible pleural effusion", kLong};

class PromptConditionsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TemporaryFolder>();
    test::make_formula_clip(clip());
    test::make_formula_bert(bert());
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static fs::path path(const std::string& name) { return *folder_ / name; }
  static fs::path clip() { return path("clip"); }
  static fs::path bert() { return path("bert"); }
  static fs::path fixture(const std::string& name) { return fs::path(CXR_FIXTURES) / "conditions" / name; }
  static std::string refused(const ConditionSources& sources) {
    return test::refusal([&] { PromptConditions(sources, {}); });
  }

  StateDict expected_ = read_safetensors(fixture("expected.safetensors"));

  static std::unique_ptr<test::TemporaryFolder> folder_;
};

std::unique_ptr<test::TemporaryFolder> PromptConditionsTest::folder_;

TEST_F(PromptConditionsTest, EqualDiffusersForAnyEncoder) {
  for (const auto& [name, folder] : {std::pair{"clip", clip()}, {"bert", bert()}}) {
    PromptConditions conditions({folder, {}, {}}, {});
    for (std::size_t i = 0; i < kPrompts.size(); ++i) {
      EXPECT_CLOSE(conditions(kPrompts[i]), expected_.at(fmt::format("{}.{}", name, i)), kTolerance) << name << " " << i;
    }
  }
}

TEST_F(PromptConditionsTest, LearnedTokensEqualDiffusers) {
  const std::array<std::string, 2> prompts = {"a photo of <lung-xray>", "<lung-xray>, large;<lung-xray> lung"};
  for (const char* file : {"learned_embeds.safetensors", "older_form.bin"}) {
    PromptConditions conditions({clip(), fixture(file), {}}, {});
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      EXPECT_CLOSE(conditions(prompts[i]), expected_.at(fmt::format("learned.{}", i)), kTolerance) << file << " " << i;
    }
    // The last prompt is cut in the middle of the vectors.
    std::string many;
    for (int i = 0; i < 30; ++i) many += "<lung-xray> ";
    EXPECT_CLOSE(conditions(many + "photo"), expected_.at("learned.2"), kTolerance) << file;
    EXPECT_TRUE(at::equal(conditions("A photo of <Lung-Xray>"), conditions(prompts[0]))); // CLIP reads lower case
    EXPECT_CLOSE(conditions(kPrompts[1]), expected_.at("clip.1"), kTolerance);            // others are as without
  }
}

TEST_F(PromptConditionsTest, OneVectorOrNoneIsALearnedEmbeddingToo) {
  const auto save = [&](const char* name, const StateDict& tensors) {
    write_safetensors(path(name), tensors);
    return path(name);
  };
  const auto one = read_learned_embedding(save("one.safetensors", {{"<x>", at::ones({8})}}));
  EXPECT_THAT(one.tokens(), testing::ElementsAre("<x>"));
  EXPECT_EQ(one.vectors.sizes(), (std::vector<std::int64_t>{1, 8}));
  EXPECT_THAT(read_learned_embedding(fixture("older_form.bin")).tokens(),
              testing::ElementsAre("<lung-xray>", "<lung-xray>_1", "<lung-xray>_2"));

  EXPECT_THAT(refused({clip(), save("known.safetensors", {{"of</w>", at::ones({8})}}), {}}),
              AllOf(HasSubstr("of</w>"), HasSubstr("id ")));
  EXPECT_THAT(refused({clip(), save("wide.safetensors", {{"<x>", at::ones({2, 9})}}), {}}),
              AllOf(HasSubstr("wide.safetensors"), HasSubstr("8 numbers"), HasSubstr("found 9")));
  EXPECT_THAT(refused({clip(), save("two.safetensors", {{"<x>", at::ones({8})}, {"<y>", at::ones({8})}}), {}}),
              HasSubstr("found 2"));
  EXPECT_THAT(refused({clip(), save("deep.safetensors", {{"<x>", at::ones({1, 1, 8})}}), {}}), HasSubstr("[1,1,8]"));
  EXPECT_THAT(refused({clip(), save("nan.safetensors", {{"<x>", at::full({8}, NAN)}}), {}}), HasSubstr("finite"));
  EXPECT_THAT(refused({bert(), fixture("older_form.bin"), {}}), HasSubstr("clip"));
}

/// The projection by LibTorch's operators.
at::Tensor projected(const at::Tensor& x, const fs::path& file) {
  const auto w = read_safetensors(file);
  const auto hidden =
      at::layer_norm(at::linear(x, w.at("linear_1.weight"), w.at("linear_1.bias")), {12}, w.at("norm.weight"), w.at("norm.bias"));
  return at::linear(at::relu(hidden), w.at("linear_2.weight"), w.at("linear_2.bias"));
}

TEST_F(PromptConditionsTest, ProjectionsOfTokensAndOfDocuments) {
  test::make_formula_projection(path("token.safetensors"), 8, "");
  PromptConditions tokens({bert(), {}, path("token.safetensors")}, {});
  EXPECT_CLOSE(tokens(kPrompts[1]), projected(expected_.at("bert.1"), path("token.safetensors")), kTolerance);

  const auto encoder = load_text_encoder(bert());
  const auto ids = load_tokenizer(bert())->encode_with_special(kPrompts[1]);
  const auto row = at::tensor(std::vector<std::int64_t>(ids.begin(), ids.end())).unsqueeze(0);
  for (const char* extraction : {"cls", "mean", "pooler"}) {
    const auto file = path(std::string(extraction) + ".safetensors");
    test::make_formula_projection(file, 8, extraction);
    PromptConditions documents({bert(), {}, file}, {});
    const auto vector = encoder->extract(parse_extraction(extraction), encoder->hidden_states(row, {}), row, {});
    const auto condition = documents(kPrompts[1]);
    ASSERT_EQ(condition.sizes(), (std::vector<std::int64_t>{1, 1, 8})) << extraction;
    EXPECT_CLOSE(condition[0], projected(vector, file), kTolerance) << extraction;
  }
}

TEST_F(PromptConditionsTest, WhatDoesNotFitIsNamed) {
  test::make_formula_projection(path("narrow.safetensors"), 6, "cls");
  EXPECT_THAT(refused({bert(), {}, path("narrow.safetensors")}), AllOf(HasSubstr("narrow.safetensors"), HasSubstr("found 6")));
  test::make_formula_projection(path("specific.safetensors"), 8, "specific");
  EXPECT_THAT(refused({bert(), {}, path("specific.safetensors")}), AllOf(HasSubstr("cls, mean, pooler"), HasSubstr("specific")));
  test::make_formula_projection(path("wide.safetensors"), 8, "cls", 10);
  const PromptConditions wide({bert(), {}, path("wide.safetensors")}, {}), plain({clip(), {}, {}}, {});
  EXPECT_THAT(test::refusal([&] { wide.check_width(8, "sd/unet"); }),
              AllOf(HasSubstr("wide.safetensors"), HasSubstr("expected 8, cross_attention_dim"), HasSubstr("found 10")));
  EXPECT_THAT(test::refusal([&] { plain.check_width(768, "sd/unet"); }),
              AllOf(HasSubstr("hidden_size"), HasSubstr("768"), HasSubstr("found 8")));
  plain.check_width(8, "sd/unet");

  auto state = read_safetensors(path("wide.safetensors"));
  for (const auto& [metadata, said] :
       {std::pair{std::map<std::string, std::string>{}, "metadata: level: expected document or token, found none"},
        {{{"level", "word"}}, "found word"},
        {{{"level", "document"}}, "extraction"}}) {
    write_safetensors(path("bad.safetensors"), state, metadata);
    EXPECT_THAT(refused({bert(), {}, path("bad.safetensors")}), HasSubstr(said));
  }
  state.erase("norm.weight");
  write_safetensors(path("bad.safetensors"), state, {{"level", "token"}});
  EXPECT_THAT(refused({bert(), {}, path("bad.safetensors")}), HasSubstr("norm.weight"));
}

TEST_F(PromptConditionsTest, ProjectionKnowsItsEncoder) {
  test::make_formula_projection(path("mean.safetensors"), 8, "mean");
  const auto state = read_safetensors(path("mean.safetensors"));
  write_safetensors(path("known.safetensors"), state, {{"level", "token"}, {"encoder", "CXR-BERT"}, {"encoder_digest", "abc"}});
  const PromptConditions conditions({bert(), {}, path("known.safetensors")}, {});
  conditions.check_encoder("abc");
  EXPECT_THAT(test::refusal([&] { conditions.check_encoder("def"); }),
              AllOf(HasSubstr("CXR-BERT"), HasSubstr("known.safetensors")));
}

TEST_F(PromptConditionsTest, SaysWhatIsCut) {
  const PromptConditions conditions({clip(), {}, {}}, {});
  const auto& tokens = conditions.tokens();
  EXPECT_EQ(tokens.limit(), 77);
  EXPECT_EQ(tokens.cut_from(kPrompts[0]), "");
  EXPECT_EQ(tokens.cut_from(kPrompts[1]), "");
  // "small" is two tokens and 75 are left, so that the 38th is cut in two.
  const auto rest = tokens.cut_from(kLong);
  EXPECT_TRUE(kLong.ends_with(rest));
  EXPECT_EQ(rest.size(), kLong.size() - 37 * std::string_view("small ").size());
}

} // namespace
} // namespace cxr
