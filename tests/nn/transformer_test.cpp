// What transformer layers are made of: the fused path against LibTorch's own operators in float64.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "nn/feed_forward.h"
#include "nn/token_packing.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr::nn {
namespace {

using test::formula_uniform;

// float32 sums of up to a few hundred terms; bfloat16 keeps 8 bits.
constexpr double kFloat32 = 2e-6, kBFloat16 = 1e-2;

at::Tensor attention_by_definition(const at::Tensor& qkv, std::int64_t heads, bool causal) { // [L,3D] → [L,D]
  const auto length = qkv.size(0), hidden = qkv.size(1) / 3;
  const auto parts = qkv.to(at::kDouble).view({length, 3, heads, hidden / heads}).permute({1, 2, 0, 3}); // [3,heads,L,d]
  auto scores = parts[0].matmul(parts[1].transpose(-1, -2)) / std::sqrt(static_cast<double>(hidden / heads));
  if (causal) scores = scores.masked_fill(at::ones({length, length}, at::kBool).triu(1), -INFINITY);
  return scores.softmax(-1).matmul(parts[2]).transpose(0, 1).reshape({length, hidden});
}

class PackedAttention : public testing::TestWithParam<std::tuple<std::int64_t, bool>> {};

// Lengths around the kernel's blocks of 6 queries and 16 keys, one token, none; head sizes of and between whole registers.
TEST_P(PackedAttention, EqualsTheDefinition) {
  const auto [width, causal] = GetParam();
  const c10::InferenceMode no_autograd;
  constexpr std::int64_t kHeads = 3;
  const std::vector<std::int64_t> lengths = {5, 1, 0, 6, 7, 16, 17, 33, 77, 130};
  Sequences sequences{.begins = {0}, .causal = causal};
  for (const auto length : lengths) sequences.begins.push_back(sequences.begins.back() + length);
  const auto qkv = formula_uniform("qkv", {sequences.begins.back(), 3 * kHeads * width}, 0, 3);
  const auto actual = self_attention(qkv, kHeads, sequences);
  const auto halved = self_attention(qkv.to(at::kBFloat16), kHeads, sequences);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const auto begin = sequences.begins[i], end = sequences.begins[i + 1];
    const auto expected = attention_by_definition(qkv.slice(0, begin, end), kHeads, causal);
    EXPECT_CLOSE(actual.slice(0, begin, end), expected, kFloat32) << lengths[i] << " tokens";
    const auto rounded = attention_by_definition(qkv.to(at::kBFloat16).slice(0, begin, end), kHeads, causal);
    EXPECT_CLOSE(halved.slice(0, begin, end), rounded, kBFloat16) << lengths[i] << " tokens";
  }
}

INSTANTIATE_TEST_SUITE_P(Heads, PackedAttention, testing::Combine(testing::Values(8, 24, 32, 64, 80), testing::Bool()));

TEST(PackedAttention, LargeScoresStayFinite) {
  const c10::InferenceMode no_autograd;
  const auto qkv = formula_uniform("qkv", {20, 3 * 16}, 0, 100);
  EXPECT_CLOSE(self_attention(qkv, 1, {.begins = {0, 20}}), attention_by_definition(qkv, 1, false), 1e-4); // exp of thousands
}

TEST(PackedAttention, DoesNotDependOnThreadsOrOnTheOtherTexts) {
  const c10::InferenceMode no_autograd;
  const auto qkv = formula_uniform("qkv", {50, 3 * 64});
  const auto threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = self_attention(qkv, 2, {.begins = {0, 20, 50}});
  at::set_num_threads(2);
  const auto two = self_attention(qkv, 2, {.begins = {0, 20, 50}});
  at::set_num_threads(threads);
  EXPECT_TRUE(one.equal(two));
  EXPECT_TRUE(self_attention(qkv.slice(0, 20), 2, {.begins = {0, 30}}).equal(one.slice(0, 20)));
}

TEST(PaddedAttention, EqualsThePackedOneOnRealTokens) {
  const auto qkv = formula_uniform("qkv", {2, 9, 3 * 16});
  auto mask = at::ones({2, 9}, at::kLong);
  mask[0].slice(0, 6).zero_();
  mask[1][3].zero_();
  const auto padded = self_attention(qkv, 2, {.mask = mask.ne(0).view({2, 1, 1, 9})});
  const TokenPacking packing(mask.sizes(), mask);
  const auto packed = packing.unpack(self_attention(packing.pack(qkv), 2, packing.sequences()));
  EXPECT_CLOSE(packed, padded * mask.unsqueeze(-1), kFloat32);
}

TEST(TokenPacking, TakesRealTokensOutAndPutsThemBack) {
  const auto x = formula_uniform("x", {2, 4, 3});
  const auto mask = at::tensor({1, 1, 0, 0, 0, 1, 1, 1}, at::kLong).view({2, 4});
  const TokenPacking packing(mask.sizes(), mask), whole(mask.sizes(), {});
  EXPECT_EQ(packing.sequences().begins, (std::vector<std::int64_t>{0, 2, 5}));
  EXPECT_TRUE(packing.pack(x).equal(at::cat({x[0].slice(0, 0, 2), x[1].slice(0, 1)})));
  EXPECT_TRUE(packing.unpack(packing.pack(x)).equal(x * mask.unsqueeze(-1)));
  EXPECT_EQ(whole.sequences().begins, (std::vector<std::int64_t>{0, 4, 8}));
  EXPECT_TRUE(whole.unpack(whole.pack(x)).equal(x));
}

void fill(LinearImpl& linear, const std::string& name, double scale = 1) {
  torch::NoGradGuard no_grad;
  linear.weight.set_data(test::formula_tensor(name + ".weight", linear.weight.sizes()) * scale);
  linear.bias.set_data(test::formula_tensor(name + ".bias", linear.bias.sizes()) * scale);
}

at::Tensor in_double(LinearImpl& linear, const at::Tensor& x) {
  return at::linear(x.to(at::kDouble), linear.weight.to(at::kDouble), linear.bias.to(at::kDouble));
}

class Activations : public testing::TestWithParam<Activation> {};

TEST_P(Activations, FeedForwardEqualsItsSteps) {
  Linear first(20, 36), second(36, 20);
  fill(*first, "first", 3), fill(*second, "second"); // arguments from -10 to 10 or so
  const auto x = formula_uniform("x", {7, 20}), residual = formula_uniform("residual", {7, 20});
  const auto expected = in_double(*second, activate(in_double(*first, x), GetParam())) + residual;
  FeedForward feed_forward(GetParam());
  EXPECT_CLOSE(feed_forward(*first, *second, x, residual), expected, kFloat32); // autograd watches
  const c10::InferenceMode no_autograd;
  EXPECT_CLOSE(feed_forward(*first, *second, x, residual), expected, kFloat32);
  fill(*first, "other"); // the packed weights follow
  EXPECT_CLOSE(feed_forward(*first, *second, x, residual),
               in_double(*second, activate(in_double(*first, x), GetParam())) + residual, kFloat32);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Activations,
                         testing::Values(Activation::kGelu, Activation::kGeluTanh, Activation::kQuickGelu, Activation::kRelu));

TEST(Activate, EqualsItsFormula) {
  const auto x = at::tensor({-2.0, -0.5, 0.0, 1.0, 3.0}, at::kDouble);
  EXPECT_CLOSE(activate(x, Activation::kGelu), x * 0.5 * (1 + (x / std::sqrt(2.0)).erf()), 1e-15);
  const auto inner = std::sqrt(2 / M_PI) * (x + 0.044715 * x.pow(3));
  EXPECT_CLOSE(activate(x, Activation::kGeluTanh), x * 0.5 * (1 + inner.tanh()), 1e-15);
  EXPECT_CLOSE(activate(x, Activation::kQuickGelu), x / (1 + (-1.702 * x).exp()), 1e-15);
}

TEST(FusedProjections, LieSideBySide) {
  Linear q(12, 8), k(12, 8), v(12, 8);
  fill(*q, "q"), fill(*k, "k"), fill(*v, "v");
  const auto x = formula_uniform("x", {5, 12});
  FusedProjections projections;
  const auto expected = [&] { return at::cat({in_double(*q, x), in_double(*k, x), in_double(*v, x)}, -1); };
  EXPECT_CLOSE(projections({q.get(), k.get(), v.get()}, x), expected(), kFloat32);
  const c10::InferenceMode no_autograd;
  EXPECT_CLOSE(projections({q.get(), k.get(), v.get()}, x), expected(), kFloat32);
  fill(*v, "other");
  EXPECT_CLOSE(projections({q.get(), k.get(), v.get()}, x), expected(), kFloat32);
}

TEST(Linear, AddsTheResidual) {
  Linear linear(12, 8);
  fill(*linear, "linear");
  const auto x = formula_uniform("x", {5, 12}), residual = formula_uniform("residual", {5, 8});
  EXPECT_CLOSE(linear->forward_add(x, residual), in_double(*linear, x) + residual, kFloat32);
  const c10::InferenceMode no_autograd;
  EXPECT_CLOSE(linear->forward_add(x, residual), in_double(*linear, x) + residual, kFloat32);
}

} // namespace
} // namespace cxr::nn
