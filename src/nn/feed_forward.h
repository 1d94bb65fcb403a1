/// @file
/// What transformer layers make of several linear layers at once. The layers stay modules of their own, since checkpoints name
/// them.
#pragma once

#include "nn/activation.h"
#include "nn/linear.h"

namespace cxr::nn {

/// second(activation(first(x))) + residual, the activation and the sum inside the products where autograd does not watch.
class FeedForward {
 public:
  explicit FeedForward(Activation activation) : activation_(activation) {}
  /// @param x [...,I]  @param residual [...,O]  @return [...,O]
  at::Tensor operator()(LinearImpl& first, LinearImpl& second, const at::Tensor& x, const at::Tensor& residual);

 private:
  Activation activation_;
  onednn::PackedWeight first_, second_;
  at::Tensor first_bias_;
};

/// Several linear layers of one input as one product, their outputs side by side: queries, keys and values.
class FusedProjections {
 public:
  /// @param layers all with a bias, or all without  @param x [...,I]  @return [...,ΣO]
  at::Tensor operator()(std::initializer_list<LinearImpl*> layers, const at::Tensor& x);

 private:
  onednn::PackedWeight packed_;
  at::Tensor bias_;
};

} // namespace cxr::nn
