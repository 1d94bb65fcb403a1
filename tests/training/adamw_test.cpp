#include "training/adamw.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "io/safetensors.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"
#include "training/ema.h"

namespace cxr {
namespace {

using test::formula_uniform;

// tests/fixtures/make_training_fixtures.py: sizes that fill no vector of the processor, so that its tails count.
const std::vector<std::pair<std::string, std::vector<std::int64_t>>> kShapes = {
    {"conv.weight", {5, 3, 3, 3}}, {"conv.bias", {5}}, {"norm.weight", {37}}, {"linear.weight", {11, 13}}};
constexpr std::array<double, 6> kRates = {0.0, 0.01, 0.02, 0.03, 0.015, 0.001};
constexpr double kMaxNorm = 9;
// A step is a dozen roundings of float32, and PyTorch may contract others of them than we do.
constexpr double kTolerance = 1e-6;

StateDict fixture(const std::string& decayed) {
  static const auto all = read_safetensors(std::filesystem::path(CXR_FIXTURES) / "training/optimizer.safetensors");
  StateDict found;
  for (const auto& [name, tensor] : all) {
    if (name.starts_with(decayed + ".")) found.emplace(name.substr(decayed.size() + 1), tensor);
  }
  return found;
}

AdamWOptions fixture_options(const std::string& decayed) {
  return {.beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6, .weight_decay = 0.1, .decay_weights_only = decayed == "weights"};
}

std::vector<TrainedParameter> fixture_parameters() {
  std::vector<TrainedParameter> parameters;
  for (const auto& [name, shape] : kShapes) parameters.push_back({name, formula_uniform(name, shape).requires_grad_(true)});
  return parameters;
}

void set_gradients(const std::vector<TrainedParameter>& parameters, std::int64_t step) {
  const auto scale = std::array{0.5F, 1.F, 2.F}[static_cast<std::size_t>(step % 3)];
  for (const auto& [name, value] : parameters) {
    value.mutable_grad() = formula_uniform(fmt::format("{}.gradient.{}", name, step), value.sizes(), 0, scale);
  }
}

class AdamWTest : public testing::TestWithParam<std::string> {};

TEST_P(AdamWTest, StepsClippingAndAverageAreThoseOfPyTorchAndDiffusers) {
  const auto expected = fixture(GetParam());
  const auto parameters = fixture_parameters();
  AdamW optimizer(parameters, fixture_options(GetParam()));
  Ema ema(parameters, 0.35);
  std::vector<double> norms;
  for (std::int64_t step = 0; step < std::ssize(kRates); ++step) {
    set_gradients(parameters, step);
    const auto norm = grad_norm(parameters);
    norms.push_back(norm.item<double>());
    shorten_gradients(parameters, norm, kMaxNorm);
    optimizer.step(kRates[static_cast<std::size_t>(step)]);
    ema.update(step);
    if (!expected.contains(fmt::format("step.{}.conv.bias", step))) continue;
    for (const auto& [name, value] : parameters) {
      EXPECT_CLOSE(value.detach(), expected.at(fmt::format("step.{}.{}", step, name)), kTolerance) << name << " of step " << step;
      EXPECT_CLOSE(ema.values().at(name), expected.at(fmt::format("step.{}.ema.{}", step, name)), kTolerance);
    }
  }
  EXPECT_CLOSE(at::tensor(norms, at::kDouble).to(at::kFloat), expected.at("norms"), kTolerance);
  const auto state = optimizer.state();
  EXPECT_EQ(state.size(), 2 * kShapes.size());
  for (const auto& [name, moment] : state) EXPECT_CLOSE(moment, expected.at(name), kTolerance) << name;
}

INSTANTIATE_TEST_SUITE_P(Decayed, AdamWTest, testing::Values("all", "weights"), [](const auto& decayed) { return decayed.param; });

// Two halves with what the first saved give the bits of the whole.
TEST(AdamW, GoesOnFromItsState) {
  const auto walk = [](const std::vector<TrainedParameter>& parameters, AdamW& optimizer, std::int64_t from, std::int64_t to) {
    for (auto step = from; step < to; ++step) {
      set_gradients(parameters, step);
      optimizer.step(kRates[static_cast<std::size_t>(step)]);
    }
  };
  const auto whole = fixture_parameters(), halves = fixture_parameters();
  AdamW undisturbed(whole, {}), first(halves, {}), second(halves, {});
  walk(whole, undisturbed, 0, 6);
  walk(halves, first, 0, 4);
  auto saved = first.state();
  saved.emplace("exp_avg.of another rank", at::zeros(3));
  second.load(saved, 4);
  walk(halves, second, 4, 6);
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_CLOSE(halves[i].value, whole[i].value, 0) << whole[i].name;
}

TEST(AdamW, RefusesWhatItCannotUpdate) {
  AdamW optimizer(fixture_parameters(), {});
  EXPECT_THROW(optimizer.step(1), LogicError);
  EXPECT_THROW(optimizer.load({}, 1), LogicError);
  AdamW none({}, {}); // a rank more than there are parameters
  none.step(1);
  none.load({}, 1);
  EXPECT_TRUE(none.state().empty());
}

TEST(ShortenGradients, ToZeroLeavesThem) {
  const auto parameters = fixture_parameters();
  set_gradients(parameters, 2);
  const auto before = parameters[0].value.grad().clone();
  const auto norm = grad_norm(parameters);
  EXPECT_GT(norm.item<double>(), kMaxNorm);
  shorten_gradients(parameters, norm, 0);
  EXPECT_CLOSE(parameters[0].value.grad(), before, 0);
}

TEST(OptimizerOwners, GiveEachRankItsShare) {
  std::vector<TrainedParameter> parameters;
  for (const std::int64_t numel : {3, 8, 1, 5, 2}) parameters.push_back({fmt::format("p{}", numel), at::zeros(numel)});
  EXPECT_THAT(optimizer_owners(parameters, 1), testing::Each(0));
  EXPECT_THAT(optimizer_owners(parameters, 2), testing::ElementsAre(1, 0, 1, 1, 0)); // 8 + 2 and 5 + 3 + 1
  EXPECT_THAT(optimizer_owners(parameters, 6), testing::ElementsAre(2, 0, 4, 1, 3)); // and nothing for the sixth
}

} // namespace
} // namespace cxr
