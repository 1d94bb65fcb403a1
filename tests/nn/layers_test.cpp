// Each layer's fused path against LibTorch's own operators in float64.
#include <gtest/gtest.h>

#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/group_norm.h"
#include "nn/linear.h"
#include "nn/resample.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr::nn {
namespace {

using test::formula_uniform;

// float32 sums of up to a thousand terms; bfloat16 keeps 8 bits.
constexpr double kFloat32 = 2e-6, kBFloat16 = 1e-2;

void fill(torch::nn::Module& module) {
  torch::NoGradGuard no_grad;
  for (auto& p : module.named_parameters()) p.value().set_data(test::formula_tensor(p.key(), p.value().sizes()));
  for (auto& b : module.named_buffers()) b.value().set_data(test::formula_tensor(b.key(), b.value().sizes()));
}

at::Tensor input(at::IntArrayRef shape, double mean = 0) {
  return formula_uniform("x", shape, mean, 1.0F).contiguous(at::MemoryFormat::ChannelsLast);
}

TEST(Conv2d, EqualsLibTorch) {
  const c10::InferenceMode no_autograd;
  for (const auto& options :
       {Conv2dOptions(5, 7, 3).with_padding(1), Conv2dOptions(5, 7, 1), Conv2dOptions(5, 7, 3).with_stride(2),
        Conv2dOptions(5, 7, std::array<std::int64_t, 2>{1, 7}).with_padding(std::array<std::int64_t, 2>{0, 3}).without_bias()}) {
    Conv2d conv(options);
    fill(*conv);
    const auto x = input({2, 5, 9, 13});
    const auto bias = options.bias ? conv->bias.to(at::kDouble) : at::Tensor();
    const auto expected = at::conv2d(x.to(at::kDouble), conv->weight.to(at::kDouble), bias, options.stride, options.padding);
    EXPECT_CLOSE(conv(x), expected, kFloat32);
    EXPECT_CLOSE(conv->forward_add(x, at::ones_like(expected, at::kFloat)), expected + 1, kFloat32);
  }
}

TEST(Linear, EqualsLibTorch) {
  const c10::InferenceMode no_autograd;
  Linear linear(33, 17);
  fill(*linear);
  const auto x = formula_uniform("x", {2, 5, 33});
  EXPECT_CLOSE(linear(x), at::linear(x.to(at::kDouble), linear->weight.to(at::kDouble), linear->bias.to(at::kDouble)), kFloat32);
}

class GroupNormFused : public testing::TestWithParam<std::tuple<at::ScalarType, double>> {};

TEST_P(GroupNormFused, EqualsLibTorch) {
  const auto [dtype, mean] = GetParam();
  const c10::InferenceMode no_autograd;
  GroupNorm norm(torch::nn::GroupNormOptions(4, 12).eps(1e-6));
  fill(*norm);
  const auto x = input({3, 12, 33, 21}, mean).to(dtype);
  const auto expected = at::group_norm(x.to(at::kDouble), 4, norm->weight.to(at::kDouble), norm->bias.to(at::kDouble), 1e-6);
  norm->to(dtype);
  const double tolerance =
      dtype == at::kFloat ? kFloat32 * std::max(1.0, mean) : kBFloat16; // inputs near `mean` round to its last bit
  EXPECT_CLOSE(norm->forward(x), expected, tolerance);
  EXPECT_CLOSE(norm->forward_silu(x), at::silu(expected), tolerance);
}

INSTANTIATE_TEST_SUITE_P(Types, GroupNormFused,
                         testing::Values(std::tuple{at::kFloat, 0.0}, std::tuple{at::kFloat, 100.0},
                                         std::tuple{at::kBFloat16, 0.0}));

TEST(GroupNorm, DoesNotDependOnThreads) {
  const c10::InferenceMode no_autograd;
  const auto x = input({1, 8, 61, 67});
  const auto weight = at::ones({8}), bias = at::zeros({8});
  const auto threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = fused_group_norm(x, 2, weight, bias, 1e-6, true);
  at::set_num_threads(2);
  const auto two = fused_group_norm(x, 2, weight, bias, 1e-6, true);
  at::set_num_threads(threads);
  EXPECT_TRUE(one.equal(two));
}

TEST(GroupNorm, SiluIsRightForLargeInputs) {
  const c10::InferenceMode no_autograd;
  GroupNorm norm(torch::nn::GroupNormOptions(1, 2).eps(1e-6));
  norm->weight.fill_(200), norm->bias.fill_(0);
  const auto x = input({1, 2, 5, 5});
  EXPECT_CLOSE(norm->forward_silu(x),
               at::silu(at::group_norm(x.to(at::kDouble), 1, norm->weight.to(at::kDouble), norm->bias.to(at::kDouble), 1e-6)),
               kFloat32);
}

TEST(BatchNorm, FusedAndFoldedEqualLibTorch) {
  const c10::InferenceMode no_autograd;
  const auto wide = input({2, 9, 6, 8});
  const auto x = wide.slice(1, 0, 7); // channels of a wider tensor, as in a dense block
  BatchNorm norm(7, 1e-3), after(5, 1e-3);
  Conv2d conv(Conv2dOptions(7, 5, 1).without_bias());
  fill(*norm), fill(*after), fill(*conv);
  const auto frozen = [](const BatchNorm& n, const at::Tensor& y) {
    const auto d = at::kDouble;
    return at::batch_norm(y.to(d), n->weight.to(d), n->bias.to(d), n->running_mean.to(d), n->running_var.to(d), false, 0, 1e-3,
                          false);
  };
  const auto activated = at::relu(frozen(norm, x));
  EXPECT_CLOSE(norm->forward_relu(x), activated, kFloat32);
  EXPECT_CLOSE(norm->forward_relu_pool(x), at::avg_pool2d(activated, 2, 2), kFloat32);
  FoldedConv folded, linear;
  const auto expected = frozen(after, at::conv2d(x.to(at::kDouble), conv->weight.to(at::kDouble)));
  EXPECT_CLOSE(folded(*conv, *after, x), at::relu(expected), kFloat32);
  EXPECT_CLOSE(linear(*conv, *after, x, onednn::Fused::kNone), expected, kFloat32);
}

TEST(Upsample2D, FourSmallConvolutionsEqualOneOfTheDoubledImage) {
  const c10::InferenceMode no_autograd;
  Upsample2D up(6);
  fill(*up);
  const auto conv = up->named_parameters();
  for (const auto& shape : {std::vector<std::int64_t>{2, 6, 5, 7}, {1, 6, 1, 1}}) {
    const auto x = input(shape);
    const auto doubled = at::upsample_nearest2d(x.to(at::kDouble), {2 * shape[2], 2 * shape[3]});
    EXPECT_CLOSE(up(x), at::conv2d(doubled, conv["conv.weight"].to(at::kDouble), conv["conv.bias"].to(at::kDouble), 1, 1),
                 kFloat32);
  }
}

} // namespace
} // namespace cxr::nn
