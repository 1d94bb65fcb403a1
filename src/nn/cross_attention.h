/// @file
/// The attention of a denoiser's transformer: of pixels to each other, or of pixels to a condition (diffusers: Attention).
#pragma once

#include <torch/nn/modules/container/modulelist.h>

#include "nn/feed_forward.h"

namespace cxr::nn {

/// Keys: to_q, to_k, to_v (no biases), to_out.0.
class AttentionImpl : public torch::nn::Module {
 public:
  /// @param context_channels of what is attended to: `channels` for self-attention  @param heads divides `channels`
  AttentionImpl(std::int64_t channels, std::int64_t context_channels, std::int64_t heads);
  /// @param x [N,L,C]  @param context [N,S,D]; undefined: x attends to itself  @param residual [N,L,C]
  /// @return to_out(attention) + residual, [N,L,C]
  at::Tensor forward(const at::Tensor& x, const at::Tensor& context, const at::Tensor& residual);

 private:
  /// Queries, keys and values: [N,L,C], [N,S,C], [N,S,C].
  std::array<at::Tensor, 3> project(const at::Tensor& x, const at::Tensor& context);

  std::int64_t heads_;
  Linear to_q{nullptr}, to_k{nullptr}, to_v{nullptr};
  torch::nn::ModuleList to_out{nullptr};
  FusedProjections fused_;
};
TORCH_MODULE(Attention);

} // namespace cxr::nn
