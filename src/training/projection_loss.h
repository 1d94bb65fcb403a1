/// @file
/// How far projected vectors lie from those that they are to become (Chambon et al. 2022, section 2.5: by maximum likelihood, which
/// under Gaussian noise is the mean squared error).
#pragma once

#include <torch/types.h>

#include <string>

namespace cxr {

enum class ProjectionLoss {
  kMse,    ///< squared error, mean over a vector's elements
  kL1,     ///< absolute error, the same
  kHuber,  ///< Huber's with δ = 1 (torch.nn.HuberLoss, SmoothL1Loss), the same: CLIP's states have a few far larger elements
  kCosine, ///< 1 - cosine: directions alone
};

/// "mse", "l1", "huber", "cosine". @throws InputError (`--loss`) for another name
ProjectionLoss parse_projection_loss(const std::string& name);

/// The loss of each sample: the mean over its vectors, each with its weight.
/// @param projected, target float32 [n,S,D]  @param weight float32 [n,S], some of each sample's above 0; undefined: all count alike
/// @return float32 [n]
at::Tensor projection_losses(ProjectionLoss loss, const at::Tensor& projected, const at::Tensor& target,
                             const at::Tensor& weight = {});

} // namespace cxr
