/// @file
/// The blocks of the FID Inception-V3, named as in torchvision and patched as in pytorch-fid.
#pragma once

#include "nn/batch_norm.h"
#include "nn/linear.h"

namespace cxr {

/// conv without bias → batch norm (eps 1e-3) → ReLU. Keys: conv, bn.
class BasicConv2dImpl : public torch::nn::Module {
 public:
  explicit BasicConv2dImpl(nn::Conv2dOptions options);
  /// @param x [N,I,H,W]  @return [N,O,H',W']
  at::Tensor forward(const at::Tensor& x);
  /// relu(avg_pool3x3(norm(conv(x)))), which for a 1×1 convolution is forward(avg_pool3x3(x)) with fewer channels to average;
  /// padding is left out of the averages.
  at::Tensor forward_after_average(const at::Tensor& x);

 private:
  nn::Conv2d conv{nullptr};
  nn::BatchNorm bn{nullptr};
  nn::FoldedConv folded_, folded_linear_;
};
TORCH_MODULE(BasicConv2d);

/// 1×1, 5×5, double 3×3 and pooled branches, joined. [N,in,H,W] → [N,224 + pool_features,H,W]
class InceptionAImpl : public torch::nn::Module {
 public:
  InceptionAImpl(std::int64_t in_channels, std::int64_t pool_features);
  at::Tensor forward(const at::Tensor& x);

 private:
  BasicConv2d branch1x1{nullptr}, branch5x5_1{nullptr}, branch5x5_2{nullptr}, branch3x3dbl_1{nullptr}, branch3x3dbl_2{nullptr},
      branch3x3dbl_3{nullptr}, branch_pool{nullptr};
};
TORCH_MODULE(InceptionA);

/// Halving: 3×3, double 3×3 and max pool. [N,288,35,35] → [N,768,17,17]
class InceptionBImpl : public torch::nn::Module {
 public:
  explicit InceptionBImpl(std::int64_t in_channels);
  at::Tensor forward(const at::Tensor& x);

 private:
  BasicConv2d branch3x3{nullptr}, branch3x3dbl_1{nullptr}, branch3x3dbl_2{nullptr}, branch3x3dbl_3{nullptr};
};
TORCH_MODULE(InceptionB);

/// 1×1, factorised 7×7 and double 7×7, pooled. [N,768,H,W] → [N,768,H,W]
class InceptionCImpl : public torch::nn::Module {
 public:
  InceptionCImpl(std::int64_t in_channels, std::int64_t channels_7x7);
  at::Tensor forward(const at::Tensor& x);

 private:
  BasicConv2d branch1x1{nullptr}, branch7x7_1{nullptr}, branch7x7_2{nullptr}, branch7x7_3{nullptr}, branch7x7dbl_1{nullptr},
      branch7x7dbl_2{nullptr}, branch7x7dbl_3{nullptr}, branch7x7dbl_4{nullptr}, branch7x7dbl_5{nullptr}, branch_pool{nullptr};
};
TORCH_MODULE(InceptionC);

/// Halving: 3×3, 7×7 then 3×3, max pool. [N,768,17,17] → [N,1280,8,8]
class InceptionDImpl : public torch::nn::Module {
 public:
  explicit InceptionDImpl(std::int64_t in_channels);
  at::Tensor forward(const at::Tensor& x);

 private:
  BasicConv2d branch3x3_1{nullptr}, branch3x3_2{nullptr}, branch7x7x3_1{nullptr}, branch7x7x3_2{nullptr}, branch7x7x3_3{nullptr},
      branch7x7x3_4{nullptr};
};
TORCH_MODULE(InceptionD);

/// 1×1, split 3×3, split double 3×3, pooled. [N,in,8,8] → [N,2048,8,8]. pytorch-fid's E_1 averages, its E_2 takes the maximum.
class InceptionEImpl : public torch::nn::Module {
 public:
  enum class Pool { kAverage, kMax };
  InceptionEImpl(std::int64_t in_channels, Pool pool);
  at::Tensor forward(const at::Tensor& x);

 private:
  Pool pool_;
  BasicConv2d branch1x1{nullptr}, branch3x3_1{nullptr}, branch3x3_2a{nullptr}, branch3x3_2b{nullptr}, branch3x3dbl_1{nullptr},
      branch3x3dbl_2{nullptr}, branch3x3dbl_3a{nullptr}, branch3x3dbl_3b{nullptr}, branch_pool{nullptr};
};
TORCH_MODULE(InceptionE);

} // namespace cxr
