/// @file
/// A transformer over the pixels of an image (Rombach et al. 2022, appendix E.2.1; diffusers: Transformer2DModel).
#pragma once

#include "nn/basic_transformer_block.h"
#include "nn/group_norm.h"

namespace cxr::nn {

/// What the transformers of one U-Net share.
struct TransformerShape {
  std::int64_t cross_attention_dim;
  std::int64_t norm_num_groups;
  bool use_linear_projection; ///< proj_in and proj_out are linear layers [C,C], not 1×1 convolutions [C,C,1,1]
};

/// Group norm, projection, one transformer block, projection, plus the input. An image whose channels lie last is already the
/// sequence of its pixels, so nothing is copied in between. Keys: norm, proj_in, transformer_blocks.0, proj_out.
class Transformer2DModelImpl : public torch::nn::Module {
 public:
  Transformer2DModelImpl(std::int64_t channels, std::int64_t heads, const TransformerShape& shape);
  /// @param x [N,C,H,W]  @param condition [N,S,cross_attention_dim]  @return [N,C,H,W], channels last
  at::Tensor forward(const at::Tensor& x, const at::Tensor& condition);

 private:
  GroupNorm norm{nullptr};
  Linear proj_in{nullptr}, proj_out{nullptr};
  torch::nn::ModuleList transformer_blocks{nullptr};
};
TORCH_MODULE(Transformer2DModel);

} // namespace cxr::nn
