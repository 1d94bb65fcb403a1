// Attention of CPU inference against its definition in float64.
#include "nn/attention.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr::nn {
namespace {

using test::formula_uniform;

// float32 sums of up to a few hundred terms. bfloat16: the shares and the result are rounded to 8 bits, 2^-9 of each, of values
// up to twice the result.
constexpr double kFloat32 = 2e-6, kBFloat16 = 1e-2;
constexpr std::int64_t kHeads = 3;

struct Inputs {
  at::Tensor q, k, v;

  /// @param scale of the queries: how far the scores spread
  Inputs(std::int64_t queries, std::int64_t keys, std::int64_t width, float scale = 1)
      : q(formula_uniform("q", {2, queries, kHeads * width}, 0, scale)),
        k(formula_uniform("k", {2, keys, kHeads * width})),
        v(formula_uniform("v", {2, keys, kHeads * width}, 1)) {} // no mean near 0, where relative errors have no bound

  Inputs in(at::ScalarType type) const {
    auto same = *this;
    same.q = q.to(type), same.k = k.to(type), same.v = v.to(type);
    return same;
  }
  at::Tensor attended() const { return multi_head_attention(q, k, v, kHeads); }
  at::Tensor by_definition() const {
    const auto split = [](const at::Tensor& x) {
      return x.to(at::kDouble).unflatten(2, {kHeads, x.size(2) / kHeads}).transpose(1, 2);
    };
    const auto scores = split(q).matmul(split(k).transpose(-1, -2)) / std::sqrt(static_cast<double>(q.size(2) / kHeads));
    return scores.softmax(-1).matmul(split(v)).transpose(1, 2).flatten(2);
  }
};

class MultiHeadAttention : public testing::TestWithParam<std::int64_t> {};

// Around the kernel's blocks of 64 queries, 96 keys, 6 rows and pairs of keys; the U-Net's head sizes and odd ones.
TEST_P(MultiHeadAttention, EqualsTheDefinition) {
  const c10::InferenceMode no_autograd;
  const auto width = GetParam();
  for (const auto& [queries, keys] : {std::pair{1, 1}, {1, 5}, {64, 77}, {65, 1}, {63, 96}, {130, 97}, {7, 200}}) {
    const Inputs inputs(queries, keys, width, 3);
    EXPECT_CLOSE(inputs.attended(), inputs.by_definition(), kFloat32) << queries << " queries, " << keys << " keys";
    const auto halved = inputs.in(at::kBFloat16);
    EXPECT_CLOSE(halved.attended(), halved.by_definition(), kBFloat16) << queries << " queries, " << keys << " keys";
  }
}

INSTANTIATE_TEST_SUITE_P(HeadSizes, MultiHeadAttention, testing::Values(1, 8, 33, 40, 80, 160));

TEST(MultiHeadAttention, ReadsSlicesOfWiderTensors) {
  const c10::InferenceMode no_autograd;
  const auto qkv = formula_uniform("qkv", {2, 70, 3 * kHeads * 16});
  Inputs parts(1, 1, 1);
  const auto chunks = qkv.chunk(3, -1);
  parts.q = chunks[0], parts.k = chunks[1], parts.v = chunks[2];
  EXPECT_CLOSE(parts.attended(), parts.by_definition(), kFloat32);
  parts.k = parts.k.transpose(1, 2).contiguous().transpose(1, 2); // the last axis is not dense
  EXPECT_CLOSE(parts.attended(), parts.by_definition(), kFloat32);
}

// A score of hundreds is known to some 1e-5 in float32, and its exponential to as much of itself.
TEST(MultiHeadAttention, LargeScoresStayFinite) {
  const c10::InferenceMode no_autograd;
  const Inputs inputs(66, 200, 40, 300);
  EXPECT_CLOSE(inputs.attended(), inputs.by_definition(), 1e-4);
}

TEST(MultiHeadAttention, LaterKeysMayOutweighAllBefore) {
  const c10::InferenceMode no_autograd;
  Inputs inputs(66, 400, 40);
  inputs.k = inputs.k * at::linspace(0, 30, 400).view({1, 400, 1});
  EXPECT_CLOSE(inputs.attended(), inputs.by_definition(), 1e-5); // scores of up to a hundred
}

TEST(MultiHeadAttention, DoesNotDependOnThreadsOrOnTheRestOfTheBatch) {
  const c10::InferenceMode no_autograd;
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const auto inputs = Inputs(150, 130, 40).in(type);
    const auto threads = at::get_num_threads();
    at::set_num_threads(1);
    const auto one = inputs.attended();
    at::set_num_threads(2);
    const auto two = inputs.attended();
    at::set_num_threads(threads);
    EXPECT_TRUE(one.equal(two));
    const auto second = multi_head_attention(inputs.q.slice(0, 1), inputs.k.slice(0, 1), inputs.v.slice(0, 1), kHeads);
    EXPECT_TRUE(second.equal(one.slice(0, 1)));
  }
}

TEST(MultiHeadAttention, HasGradients) {
  const Inputs inputs(5, 7, 4);
  const auto q = inputs.q.clone().requires_grad_();
  const auto attended = multi_head_attention(q, inputs.k, inputs.v, kHeads);
  EXPECT_CLOSE(attended.detach(), inputs.by_definition(), kFloat32);
  attended.sum().backward();
  EXPECT_TRUE(q.grad().defined());
}

} // namespace
} // namespace cxr::nn
