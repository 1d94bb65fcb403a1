// Losses of projected vectors, and which token's state is paired with which.
#include <gmock/gmock.h>

#include "io/safetensors.h"
#include "models/textual_projection.h"
#include "support/refusal.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"
#include "training/adamw.h"
#include "training/projection_loss.h"
#include "training/token_pairing.h"
#include "training/trainable.h"

namespace cxr {
namespace {

using test::formula_tensor;
using test::formula_uniform;

// Sums of a dozen float32 products, which PyTorch may add up in another order.
constexpr double kTolerance = 1e-6;

class ProjectionTraining : public testing::Test {
 protected:
  const at::Tensor& expected(const std::string& name) const { return fixture_.at(name); }

  StateDict fixture_ = read_safetensors(std::filesystem::path(CXR_FIXTURES) / "training/projection.safetensors");
  at::Tensor source_ = formula_uniform("source", {6, 5, 12}), target_ = formula_uniform("target", {6, 5, 9}, 0, 3);
  at::Tensor weight_ = fixture_.at("weight");
};

TEST_F(ProjectionTraining, LossesAndGradientsAreThoseOfPyTorch) {
  for (const std::string name : {"mse", "l1", "huber", "cosine"}) {
    const auto projected = formula_uniform("projected", {6, 5, 9}, 0, 2).requires_grad_(true);
    const auto losses = projection_losses(parse_projection_loss(name), projected, target_, weight_);
    EXPECT_CLOSE(losses.detach(), expected(name), kTolerance) << name;
    losses.sum().backward();
    EXPECT_CLOSE(projected.grad(), expected(name + ".gradient"), kTolerance) << name;
  }
  EXPECT_THAT(test::refusal([] { parse_projection_loss("mle"); }), testing::HasSubstr("huber"));
}

TEST_F(ProjectionTraining, WithoutWeightsAllVectorsCountAlike) {
  const auto projected = formula_uniform("projected", {6, 5, 9});
  EXPECT_CLOSE(projection_losses(ProjectionLoss::kMse, projected, target_),
               projection_losses(ProjectionLoss::kMse, projected, target_, at::ones({6, 5})), kTolerance);
}

TEST_F(ProjectionTraining, TenStepsLoseWhatPyTorchDoes) {
  for (const std::int64_t layers : {1, 3}) {
    TextualProjection projection(TextualProjectionOptions{.in_width = 12, .hidden_width = 16, .out_width = 9, .layers = layers});
    StateDict state;
    for (const auto& item : projection->named_parameters())
      state.emplace(item.key(), formula_tensor(item.key(), item.value().sizes()));
    load_state_dict(*projection, state, "formula");
    const auto parameters = make_trainable(*projection);
    AdamW optimizer(parameters, {.weight_decay = 0.1});
    std::vector<at::Tensor> found;
    for (int step = 0; step < 10; ++step) {
      for (const auto& [name, value] : parameters) value.mutable_grad().reset();
      const auto losses = projection_losses(ProjectionLoss::kMse, projection(source_), target_, weight_);
      losses.mean().backward();
      optimizer.step(0.01);
      found.push_back(losses.detach());
    }
    // Each step carries the roundings of those before.
    EXPECT_CLOSE(at::stack(found), expected(fmt::format("steps.{}", layers)), 1e-5) << layers;
  }
}

/// States whose one element is their place.
at::Tensor places(std::int64_t texts, std::int64_t size) {
  return at::arange(size, at::kFloat).view({1, size, 1}).repeat({texts, 1, 1});
}

std::vector<float> row(const at::Tensor& t, std::int64_t text) {
  const auto flat = t[text].contiguous();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

// The first text has 4 tokens and 3 of CLIP's; the second more of CLIP's; the third fills CLIP's places.
TEST(TokenPairing, PairsWhatItSays) {
  using testing::ElementsAre;
  const std::array<std::int64_t, 3> source{4, 2, 3}, clip{3, 5, 7};
  const auto states = places(3, 7);

  const auto position = pair_tokens(TokenPairing::kPosition, states, clip, source, 6);
  for (int text = 0; text < 3; ++text) EXPECT_THAT(row(position.target, text), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_TRUE(position.weight.eq(1).all().item<bool>());

  const auto common = pair_tokens(TokenPairing::kCommon, states, clip, source, 6);
  EXPECT_THAT(row(common.target, 1), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(row(common.weight, 0), ElementsAre(1, 1, 1, 0, 0, 0));
  EXPECT_THAT(row(common.weight, 1), ElementsAre(1, 1, 0, 0, 0, 0));

  const auto between = pair_tokens(TokenPairing::kInterpolate, states, clip, source, 6);
  const auto close = [](float x) { return testing::FloatNear(x, 1e-6F); };
  EXPECT_THAT(row(between.target, 0), ElementsAre(0, close(2 / 3.F), close(4 / 3.F), 2, 3, 6));
  EXPECT_THAT(row(between.target, 1), ElementsAre(0, 4, 5, close(5 + 1 / 3.F), close(5 + 2 / 3.F), 6));
  EXPECT_THAT(row(between.weight, 1), ElementsAre(1, 1, 1, 1, 1, 1));
  EXPECT_THAT(row(between.target, 2), ElementsAre(0, 3, 6, 6, 6, 6));
  EXPECT_THAT(row(between.weight, 2), ElementsAre(1, 1, 1, 0, 0, 0)); // CLIP's has no padding that the other's could become
}

TEST(TokenPairing, PlacesThatClipLacksDoNotCount) {
  const std::array<std::int64_t, 1> source{2}, clip{2};
  const auto pairs = pair_tokens(TokenPairing::kPosition, places(1, 3), clip, source, 5);
  EXPECT_THAT(row(pairs.target, 0), testing::ElementsAre(0, 1, 2, 2, 2));
  EXPECT_THAT(row(pairs.weight, 0), testing::ElementsAre(1, 1, 1, 0, 0));
}

} // namespace
} // namespace cxr
