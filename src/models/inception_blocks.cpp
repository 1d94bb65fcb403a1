#include "models/inception_blocks.h"

namespace cxr {
namespace {

using Pair = std::array<std::int64_t, 2>;

BasicConv2d conv1x1(std::int64_t in, std::int64_t out) { return BasicConv2d(nn::Conv2dOptions(in, out, 1)); }
BasicConv2d conv3x3(std::int64_t in, std::int64_t out) { return BasicConv2d(nn::Conv2dOptions(in, out, 3).with_padding(1)); }
BasicConv2d halving3x3(std::int64_t in, std::int64_t out) { return BasicConv2d(nn::Conv2dOptions(in, out, 3).with_stride(2)); }
BasicConv2d row(std::int64_t in, std::int64_t out, std::int64_t n) {
  return BasicConv2d(nn::Conv2dOptions(in, out, Pair{1, n}).with_padding(Pair{0, n / 2}));
}
BasicConv2d column(std::int64_t in, std::int64_t out, std::int64_t n) {
  return BasicConv2d(nn::Conv2dOptions(in, out, Pair{n, 1}).with_padding(Pair{n / 2, 0}));
}

} // namespace

BasicConv2dImpl::BasicConv2dImpl(nn::Conv2dOptions options)
    : conv(register_module("conv", nn::Conv2d(options.without_bias()))),
      bn(register_module("bn", nn::BatchNorm(options.out_channels, 1e-3))) {}

at::Tensor BasicConv2dImpl::forward(const at::Tensor& x) { return folded_(*conv, *bn, x); }

at::Tensor BasicConv2dImpl::forward_after_average(const at::Tensor& x) {
  const auto y = folded_linear_(*conv, *bn, x, nn::onednn::Fused::kNone);
  return at::avg_pool2d(y, 3, 1, 1, /*ceil_mode=*/false, /*count_include_pad=*/false).relu_();
}

InceptionAImpl::InceptionAImpl(std::int64_t in, std::int64_t pool_features)
    : branch1x1(register_module("branch1x1", conv1x1(in, 64))),
      branch5x5_1(register_module("branch5x5_1", conv1x1(in, 48))),
      branch5x5_2(register_module("branch5x5_2", BasicConv2d(nn::Conv2dOptions(48, 64, 5).with_padding(2)))),
      branch3x3dbl_1(register_module("branch3x3dbl_1", conv1x1(in, 64))),
      branch3x3dbl_2(register_module("branch3x3dbl_2", conv3x3(64, 96))),
      branch3x3dbl_3(register_module("branch3x3dbl_3", conv3x3(96, 96))),
      branch_pool(register_module("branch_pool", conv1x1(in, pool_features))) {}

at::Tensor InceptionAImpl::forward(const at::Tensor& x) {
  return at::cat({branch1x1(x), branch5x5_2(branch5x5_1(x)), branch3x3dbl_3(branch3x3dbl_2(branch3x3dbl_1(x))),
                  branch_pool->forward_after_average(x)},
                 1);
}

InceptionBImpl::InceptionBImpl(std::int64_t in)
    : branch3x3(register_module("branch3x3", halving3x3(in, 384))),
      branch3x3dbl_1(register_module("branch3x3dbl_1", conv1x1(in, 64))),
      branch3x3dbl_2(register_module("branch3x3dbl_2", conv3x3(64, 96))),
      branch3x3dbl_3(register_module("branch3x3dbl_3", halving3x3(96, 96))) {}

at::Tensor InceptionBImpl::forward(const at::Tensor& x) {
  return at::cat({branch3x3(x), branch3x3dbl_3(branch3x3dbl_2(branch3x3dbl_1(x))), at::max_pool2d(x, 3, 2)}, 1);
}

InceptionCImpl::InceptionCImpl(std::int64_t in, std::int64_t c7)
    : branch1x1(register_module("branch1x1", conv1x1(in, 192))),
      branch7x7_1(register_module("branch7x7_1", conv1x1(in, c7))),
      branch7x7_2(register_module("branch7x7_2", row(c7, c7, 7))),
      branch7x7_3(register_module("branch7x7_3", column(c7, 192, 7))),
      branch7x7dbl_1(register_module("branch7x7dbl_1", conv1x1(in, c7))),
      branch7x7dbl_2(register_module("branch7x7dbl_2", column(c7, c7, 7))),
      branch7x7dbl_3(register_module("branch7x7dbl_3", row(c7, c7, 7))),
      branch7x7dbl_4(register_module("branch7x7dbl_4", column(c7, c7, 7))),
      branch7x7dbl_5(register_module("branch7x7dbl_5", row(c7, 192, 7))),
      branch_pool(register_module("branch_pool", conv1x1(in, 192))) {}

at::Tensor InceptionCImpl::forward(const at::Tensor& x) {
  const auto dbl = branch7x7dbl_5(branch7x7dbl_4(branch7x7dbl_3(branch7x7dbl_2(branch7x7dbl_1(x)))));
  return at::cat({branch1x1(x), branch7x7_3(branch7x7_2(branch7x7_1(x))), dbl, branch_pool->forward_after_average(x)}, 1);
}

InceptionDImpl::InceptionDImpl(std::int64_t in)
    : branch3x3_1(register_module("branch3x3_1", conv1x1(in, 192))),
      branch3x3_2(register_module("branch3x3_2", halving3x3(192, 320))),
      branch7x7x3_1(register_module("branch7x7x3_1", conv1x1(in, 192))),
      branch7x7x3_2(register_module("branch7x7x3_2", row(192, 192, 7))),
      branch7x7x3_3(register_module("branch7x7x3_3", column(192, 192, 7))),
      branch7x7x3_4(register_module("branch7x7x3_4", halving3x3(192, 192))) {}

at::Tensor InceptionDImpl::forward(const at::Tensor& x) {
  return at::cat(
      {branch3x3_2(branch3x3_1(x)), branch7x7x3_4(branch7x7x3_3(branch7x7x3_2(branch7x7x3_1(x)))), at::max_pool2d(x, 3, 2)}, 1);
}

InceptionEImpl::InceptionEImpl(std::int64_t in, Pool pool)
    : pool_(pool),
      branch1x1(register_module("branch1x1", conv1x1(in, 320))),
      branch3x3_1(register_module("branch3x3_1", conv1x1(in, 384))),
      branch3x3_2a(register_module("branch3x3_2a", row(384, 384, 3))),
      branch3x3_2b(register_module("branch3x3_2b", column(384, 384, 3))),
      branch3x3dbl_1(register_module("branch3x3dbl_1", conv1x1(in, 448))),
      branch3x3dbl_2(register_module("branch3x3dbl_2", conv3x3(448, 384))),
      branch3x3dbl_3a(register_module("branch3x3dbl_3a", row(384, 384, 3))),
      branch3x3dbl_3b(register_module("branch3x3dbl_3b", column(384, 384, 3))),
      branch_pool(register_module("branch_pool", conv1x1(in, 192))) {}

at::Tensor InceptionEImpl::forward(const at::Tensor& x) {
  const auto split = branch3x3_1(x), dbl = branch3x3dbl_2(branch3x3dbl_1(x));
  const auto pooled = pool_ == Pool::kAverage ? branch_pool->forward_after_average(x) : branch_pool(at::max_pool2d(x, 3, 1, 1));
  return at::cat({branch1x1(x), branch3x3_2a(split), branch3x3_2b(split), branch3x3dbl_3a(dbl), branch3x3dbl_3b(dbl), pooled}, 1);
}

} // namespace cxr
