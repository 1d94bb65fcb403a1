#include "training/projection_loss.h"

#include "core/error.h"

namespace cxr {
namespace {

// Of each vector. @return [n,S]
at::Tensor vector_losses(ProjectionLoss loss, const at::Tensor& projected, const at::Tensor& target) {
  switch (loss) {
    case ProjectionLoss::kMse:
      return (projected - target).square().mean(-1);
    case ProjectionLoss::kL1:
      return (projected - target).abs().mean(-1);
    case ProjectionLoss::kHuber:
      return at::huber_loss(projected, target, at::Reduction::None, /*delta=*/1).mean(-1);
    case ProjectionLoss::kCosine:
      return 1 - at::cosine_similarity(projected, target, -1);
  }
  throw LogicError("projection_losses: no such loss");
}

} // namespace

ProjectionLoss parse_projection_loss(const std::string& name) {
  if (name == "mse") return ProjectionLoss::kMse;
  if (name == "l1") return ProjectionLoss::kL1;
  if (name == "huber") return ProjectionLoss::kHuber;
  if (name == "cosine") return ProjectionLoss::kCosine;
  throw InputError("--loss", "", "mse, l1, huber or cosine", name);
}

at::Tensor projection_losses(ProjectionLoss loss, const at::Tensor& projected, const at::Tensor& target, const at::Tensor& weight) {
  expects(projected.sizes() == target.sizes() && projected.dim() == 3, "projection_losses: two tensors [n,S,D] of one shape");
  const auto each = vector_losses(loss, projected, target);
  return weight.defined() ? (each * weight).sum(1) / weight.sum(1) : each.mean(1);
}

} // namespace cxr
