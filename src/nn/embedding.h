/// @file
/// A table of vectors by id. torch::nn::Embedding draws its table at random, seconds for what a checkpoint overwrites.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace cxr::nn {

/// Key: weight [N,D], unset until a checkpoint is loaded.
class EmbeddingImpl : public torch::nn::Module {
 public:
  EmbeddingImpl(std::int64_t count, std::int64_t width) : weight(register_parameter("weight", at::empty({count, width}))) {}
  /// @param ids int64 [...], 0 to N - 1  @return [...,D]
  at::Tensor forward(const at::Tensor& ids) { return at::embedding(weight, ids); }

  at::Tensor weight;
};
TORCH_MODULE(Embedding);

} // namespace cxr::nn
