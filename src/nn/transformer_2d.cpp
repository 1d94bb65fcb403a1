#include "nn/transformer_2d.h"

namespace cxr::nn {
namespace {

constexpr double kNormEps = 1e-6;

// [N,C,H,W] → [N,H·W,C]: a view where the channels lie last.
at::Tensor tokens_of(const at::Tensor& image) {
  return image.permute({0, 2, 3, 1}).reshape({image.size(0), image.size(2) * image.size(3), image.size(1)});
}

} // namespace

Transformer2DModelImpl::Transformer2DModelImpl(std::int64_t channels, std::int64_t heads, const TransformerShape& shape)
    : norm(register_module("norm", GroupNorm(torch::nn::GroupNormOptions(shape.norm_num_groups, channels).eps(kNormEps)))) {
  const auto weight = shape.use_linear_projection ? LinearWeight::kMatrix : LinearWeight::kPointwiseConvolution;
  proj_in = register_module("proj_in", Linear(channels, channels, /*with_bias=*/true, weight));
  transformer_blocks = register_module("transformer_blocks",
                                       torch::nn::ModuleList(BasicTransformerBlock(channels, heads, shape.cross_attention_dim)));
  proj_out = register_module("proj_out", Linear(channels, channels, /*with_bias=*/true, weight));
}

at::Tensor Transformer2DModelImpl::forward(const at::Tensor& x, const at::Tensor& condition) {
  auto tokens = proj_in(tokens_of(norm(x)));
  tokens = transformer_blocks[0]->as<BasicTransformerBlock>()->forward(tokens, condition);
  tokens = proj_out->forward_add(tokens, tokens_of(x));
  return tokens.view({x.size(0), x.size(2), x.size(3), x.size(1)}).permute({0, 3, 1, 2});
}

} // namespace cxr::nn
