/// @file
/// The gated feed-forward layer of a denoiser's transformer (Shazeer 2020; diffusers: FeedForward with "geglu").
#pragma once

#include "nn/linear.h"

namespace cxr::nn {

/// value · gelu(gate), [value, gate] = x. @param x [...,2·O]  @return [...,O]
at::Tensor geglu(const at::Tensor& x);
/// Its gradient by x, on a CPU. @param dy [...,O]  @return [...,2·O]
at::Tensor geglu_gradient(const at::Tensor& x, const at::Tensor& dy);

/// value · gelu(gate), [value, gate] = proj(x). Key: proj.
/// On a CPU without autograd: two products, the second of which multiplies by the first one's GELU as it writes its result.
class GegluImpl : public torch::nn::Module {
 public:
  GegluImpl(std::int64_t in_features, std::int64_t out_features);
  /// @param x [...,I]  @return [...,O]
  at::Tensor forward(const at::Tensor& x);

  Linear proj{nullptr};

 private:
  onednn::PackedWeight value_, gate_;
};
TORCH_MODULE(Geglu);

/// net.2(geglu(x)) + residual, four times as wide inside. Keys: net.0.proj, net.2.
class GegluFeedForwardImpl : public torch::nn::Module {
 public:
  explicit GegluFeedForwardImpl(std::int64_t channels);
  /// @param x, residual [...,C]  @return [...,C]
  at::Tensor forward(const at::Tensor& x, const at::Tensor& residual);

 private:
  Geglu geglu_{nullptr};
  Linear project_out_{nullptr};
};
TORCH_MODULE(GegluFeedForward);

} // namespace cxr::nn
