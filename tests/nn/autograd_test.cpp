// Gradients of the functions of nn/autograd against those of LibTorch's own operators in float64.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

#include "nn/autograd/attention.h"
#include "nn/autograd/checkpoint.h"
#include "nn/autograd/conv2d.h"
#include "nn/autograd/group_norm.h"
#include "nn/autograd/linear.h"
#include "nn/fused_attention.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr::nn {
namespace {

using at::Tensor;
using test::formula_uniform;
using Tensors = std::vector<Tensor>;
using Function = std::function<Tensor(const Tensors&)>;

// float32: sums of a few hundred terms. bfloat16: 8 bits, and results that pass through two or three roundings of 2^-9; the
// gradient of a softmax is a difference of such.
constexpr double kFloat32 = 5e-6, kBFloat16 = 4e-2;

// The result of `function` and the gradients of its sum with fixed weights, by each input.
Tensors differentiate(const Function& function, const Tensors& inputs) {
  Tensors leaves;
  for (const auto& x : inputs) leaves.push_back(x.detach().requires_grad_(true));
  const auto y = function(leaves);
  const auto weights = formula_uniform("weights", y.sizes()).to(y.scalar_type());
  auto results = torch::autograd::grad({y}, leaves, {weights});
  results.insert(results.begin(), y.detach());
  return results;
}

// @param parameters how many of the last inputs stay float32 where the others are bfloat16
void expect_equal(const Function& function, const Function& definition, const Tensors& inputs, std::size_t parameters) {
  const auto each = [&](auto&& change) {
    Tensors changed;
    for (std::size_t i = 0; i < inputs.size(); ++i) changed.push_back(change(inputs[i], i + parameters >= inputs.size()));
    return changed;
  };
  const auto compare = [&](const Tensors& given, double tolerance) {
    const auto actual = differentiate(function, given);
    const auto expected = differentiate(definition, [&] {
      Tensors wide;
      for (const auto& x : given) wide.push_back(x.to(at::kDouble));
      return wide;
    }());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      EXPECT_CLOSE(actual[i], expected[i], tolerance) << (i == 0 ? "the result" : fmt::format("the gradient of input {}", i - 1));
      EXPECT_EQ(actual[i].scalar_type(), given[i == 0 ? 0 : i - 1].scalar_type());
    }
  };
  compare(inputs, kFloat32);
  compare(each([](const Tensor& x, bool is_parameter) { return is_parameter ? x : x.to(at::kBFloat16); }), kBFloat16);
}

Tensor channels_last(const Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

TEST(AutogradLinear, EqualsLibTorch) {
  const auto ours = [](const Tensors& in) { return autograd::linear(in[0], in[1], in[2]); };
  const auto theirs = [](const Tensors& in) { return at::linear(in[0], in[1], in[2]); };
  const auto weight = formula_uniform("w", {17, 33}), bias = formula_uniform("b", {17});
  for (const auto& shape : {std::vector<std::int64_t>{2, 5, 33}, {1, 33}, {301, 33}}) {
    expect_equal(ours, theirs, {formula_uniform("x", shape), weight, bias}, 2);
  }
  const auto wide = formula_uniform("x", {2, 5, 66}).slice(-1, 0, 33); // rows that are not dense
  expect_equal(ours, theirs, {wide, weight, bias}, 2);
}

TEST(AutogradLinear, WithoutBias) {
  expect_equal([](const Tensors& in) { return autograd::linear(in[0], in[1], {}); },
               [](const Tensors& in) { return at::linear(in[0], in[1]); },
               {formula_uniform("x", {3, 7, 5}), formula_uniform("w", {9, 5})}, 1);
}

TEST(AutogradLinear, FrozenWeightsHaveNoGradient) {
  const auto x = formula_uniform("x", {4, 5}).requires_grad_(true), weight = formula_uniform("w", {3, 5});
  autograd::linear(x, weight, {}).sum().backward();
  EXPECT_CLOSE(x.grad(), weight.sum(0).expand({4, 5}), kFloat32);
  EXPECT_FALSE(weight.grad().defined());
}

TEST(AutogradGegluLinear, EqualsLibTorch) {
  expect_equal([](const Tensors& in) { return autograd::geglu_linear(in[0], in[1], in[2]); },
               [](const Tensors& in) {
                 const auto halves = in[0].chunk(2, -1);
                 return at::linear(halves[0] * at::gelu(halves[1]), in[1], in[2]);
               },
               {formula_uniform("x", {2, 35, 2 * 19}, 0, 5), formula_uniform("w", {7, 19}), formula_uniform("b", {7})}, 2);
}

struct ConvCase {
  std::vector<std::int64_t> input; // [N,C,H,W]
  std::int64_t out_channels, kernel, stride, padding;
};

// Few pixels, which become columns, and many; strides that leave pixels out; kernels of one pixel.
TEST(AutogradConv2d, EqualsLibTorch) {
  for (const auto& c : {ConvCase{{2, 5, 7, 9}, 6, 3, 1, 1}, ConvCase{{1, 5, 8, 7}, 6, 3, 2, 1}, ConvCase{{2, 4, 6, 9}, 3, 3, 2, 0},
                        ConvCase{{3, 5, 1, 1}, 2, 3, 1, 1}, ConvCase{{2, 5, 6, 5}, 7, 1, 1, 0}, ConvCase{{2, 6, 5, 4}, 3, 2, 1, 1},
                        ConvCase{{1, 5, 30, 31}, 6, 3, 1, 1}, ConvCase{{2, 5, 41, 44}, 6, 3, 2, 1}}) {
    const onednn::ConvShape shape{{c.padding, c.padding}, {c.stride, c.stride}, {1, 1}, 1};
    const auto x = formula_uniform("x", c.input);
    const auto weight = formula_uniform("w", {c.out_channels, c.input[1], c.kernel, c.kernel});
    for (const auto& laid_out : {channels_last(x), x}) {
      expect_equal([&](const Tensors& in) { return autograd::conv2d(in[0], in[1], in[2], shape); },
                   [&](const Tensors& in) { return at::conv2d(in[0], in[1], in[2], shape.stride, shape.padding); },
                   {laid_out, weight, formula_uniform("b", {c.out_channels})}, 2);
    }
  }
}

TEST(AutogradGroupNorm, EqualsLibTorch) {
  for (const bool silu : {false, true}) {
    for (const auto& size : {std::pair{1, 1}, {19, 23}, {3, 2}}) {
      const auto x = channels_last(formula_uniform("x", {2, 12, size.first, size.second}, 0.5));
      expect_equal([&](const Tensors& in) { return autograd::group_norm(in[0], 4, in[1], in[2], 1e-3, silu); },
                   [&](const Tensors& in) {
                     const auto y = at::group_norm(in[0], 4, in[1], in[2], 1e-3);
                     return silu ? at::silu(y) : y;
                   },
                   {x, formula_uniform("w", {12}, 1), formula_uniform("b", {12})}, 2);
    }
  }
}

class AutogradAttention : public testing::TestWithParam<std::int64_t> {};

// Around the kernels' blocks of 64 queries, 96 keys, 80 columns, 16 lanes and pairs; the U-Net's head sizes and odd ones.
TEST_P(AutogradAttention, EqualsLibTorch) {
  constexpr std::int64_t kHeads = 2;
  if (!has_fused_attention(at::kBFloat16)) GTEST_SKIP() << "no AVX-512 here";
  const auto width = GetParam();
  const auto split = [](const Tensor& x) { return x.unflatten(2, {kHeads, x.size(2) / kHeads}).transpose(1, 2); };
  for (const auto& [queries, keys] : {std::pair{1, 2}, {5, 3}, {64, 77}, {65, 96}, {130, 97}, {63, 200}}) {
    SCOPED_TRACE(fmt::format("{} queries, {} keys, heads of {}", queries, keys, width));
    const auto qkv = formula_uniform("kv", {2, keys, 2 * kHeads * width}, 0, 2).chunk(2, -1); // slices of a wider tensor
    expect_equal([](const Tensors& in) { return autograd::attention(in[0], in[1], in[2], kHeads); },
                 [&](const Tensors& in) {
                   const auto scores = split(in[0]).matmul(split(in[1]).transpose(-1, -2)) / std::sqrt(static_cast<double>(width));
                   return scores.softmax(-1).matmul(split(in[2])).transpose(1, 2).flatten(2);
                 },
                 {formula_uniform("q", {2, queries, kHeads * width}, 0, 2), qkv[0], qkv[1]}, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(HeadSizes, AutogradAttention, testing::Values(1, 8, 33, 40, 64, 80, 96, 160));

TEST(AutogradAttention, GradientsDoNotDependOnThreads) {
  if (!has_fused_attention(at::kFloat)) GTEST_SKIP() << "no AVX-512 here";
  const Tensors inputs = {formula_uniform("q", {1, 150, 120}), formula_uniform("k", {1, 130, 120}),
                          formula_uniform("v", {1, 130, 120})};
  const auto run = [&](int threads) {
    at::set_num_threads(threads);
    return differentiate([](const Tensors& in) { return autograd::attention(in[0], in[1], in[2], 3); }, inputs);
  };
  const auto threads = at::get_num_threads();
  const auto one = run(1), two = run(2);
  at::set_num_threads(threads);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(one[i].equal(two[i]));
}

// By an input, by a parameter, with one that wants none; `function` runs once forward and once in backward.
TEST(Checkpoint, GradientsAreThoseOfTheFunctionThatRunsTwice) {
  const auto weight = formula_uniform("weight", {5, 4}).requires_grad_(true);
  const auto fixed = formula_uniform("fixed", {3, 4});
  int runs = 0;
  const autograd::Tensors parameters = {weight};
  const auto function = [&](const autograd::Tensors& in) {
    ++runs;
    return (in[0] * in[1]).matmul(weight.t()).tanh();
  };
  const auto x = formula_uniform("x", {3, 4}).requires_grad_(true);
  const auto expected = torch::autograd::grad({function({x, fixed}).square().sum()}, {x, weight});
  runs = 0;
  const auto y = autograd::checkpoint(function, {x, fixed}, parameters);
  EXPECT_EQ(runs, 1);
  const auto found = torch::autograd::grad({y.square().sum()}, {x, weight});
  EXPECT_EQ(runs, 2);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_CLOSE(found[i], expected[i], 0) << i;
}

// As in the first blocks of a frozen U-Net, which see no text: only the text wants a gradient.
TEST(Checkpoint, WhatIsNotUsedGetsNoGradient) {
  const auto weight = formula_uniform("weight", {5, 4}), x = formula_uniform("x", {3, 4});
  const auto text = formula_uniform("text", {3, 5}).requires_grad_(true);
  const auto y = autograd::checkpoint([&](const autograd::Tensors& in) { return in[0].matmul(weight.t()); }, {x, text}, {weight});
  (y * text).sum().backward();
  EXPECT_CLOSE(text.grad(), x.matmul(weight.t()), 1e-6);
}

// The gradient comes to the parameter once, in the backward that was asked for.
TEST(Checkpoint, AParameterThatTwoCheckpointsShareIsAddedToOnce) {
  const auto weight = formula_uniform("weight", {4, 4}).requires_grad_(true);
  int added = 0;
  const auto node = torch::autograd::impl::grad_accumulator(weight);
  node->add_post_hook(std::make_unique<torch::autograd::utils::LambdaPostHook>(
      [&](const torch::autograd::variable_list& out, const torch::autograd::variable_list&) { return ++added, out; }));
  const auto layer = [&](const autograd::Tensors& in) { return in[0].matmul(weight).tanh(); };
  const auto x = formula_uniform("x", {3, 4}).requires_grad_(true);
  autograd::checkpoint(layer, {autograd::checkpoint(layer, {x}, {weight})}, {weight}).sum().backward();
  EXPECT_EQ(added, 1);
}

} // namespace
} // namespace cxr::nn
