/// @file
/// What a denoiser knows of how noisy its input is (diffusers: Timesteps and TimestepEmbedding).
#pragma once

#include "nn/linear.h"

namespace cxr::nn {

/// Sines and cosines of the timestep at frequencies from 1 to 1/10000 (Vaswani et al. 2017, section 3.5), in float32 as diffusers
/// computes them. @param timesteps [N]  @param flip_sin_to_cos cosines first  @param freq_shift counts fewer steps between the
/// ends, so that 1 reaches 1/10000 itself  @return float32 [N,channels], the last of an odd number of channels 0
at::Tensor timestep_embedding(const at::Tensor& timesteps, std::int64_t channels, bool flip_sin_to_cos, double freq_shift);

/// linear_2(silu(linear_1(x))). Keys: linear_1, linear_2.
class TimestepEmbeddingImpl : public torch::nn::Module {
 public:
  TimestepEmbeddingImpl(std::int64_t in_channels, std::int64_t channels);
  /// @param x [N,in]  @return [N,channels]
  at::Tensor forward(const at::Tensor& x) { return linear_2(at::silu(linear_1(x))); }

 private:
  Linear linear_1{nullptr}, linear_2{nullptr};
};
TORCH_MODULE(TimestepEmbedding);

} // namespace cxr::nn
