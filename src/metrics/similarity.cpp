#include "metrics/similarity.h"

#include "core/error.h"

namespace cxr {

at::Tensor cosine_similarity_of_rows(const at::Tensor& a, const at::Tensor& b) {
  expects(a.dim() == 2 && a.sizes() == b.sizes(), "cosine similarity: features are two [N,D] of one size");
  const auto x = a.to(at::kDouble), y = b.to(at::kDouble);                   // [N,D]
  const auto norms = x.square().sum(1).sqrt() * y.square().sum(1).sqrt();    // [N]
  const auto cosine = (x * y).sum(1) / norms;                                // [N]
  return at::where(norms == 0, at::zeros_like(cosine), cosine).clamp(-1, 1); // rounding may pass 1
}

} // namespace cxr
