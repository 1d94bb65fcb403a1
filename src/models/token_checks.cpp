#include "models/token_checks.h"

#include "core/error.h"
#include "nn/transfer.h"

namespace cxr {

void check_tokens(const std::filesystem::path& folder, const at::Tensor& ids, const at::Tensor& mask, std::int64_t vocabulary_size,
                  std::int64_t max_tokens) {
  expects(ids.dim() == 2 && ids.scalar_type() == at::kLong, "text encoder: ids are int64 [B,L], got {} dimensions of {}", ids.dim(),
          c10::toString(ids.scalar_type()));
  expects(ids.is_cpu() && (!mask.defined() || mask.is_cpu()), "text encoder: ids and mask are on the host");
  expects(!mask.defined() || mask.sizes() == ids.sizes(), "text encoder: the mask has the shape of the ids");
  if (ids.size(1) > max_tokens) {
    throw InputError(folder.string(), "tokens of a text", fmt::format("at most {}", max_tokens), fmt::format("{}", ids.size(1)));
  }
  if (ids.numel() == 0) return;
  const auto [least, most] = ids.aminmax();
  for (const auto id : {least.item<std::int64_t>(), most.item<std::int64_t>()}) {
    if (id < 0 || id >= vocabulary_size) {
      throw InputError(folder.string(), "token id", fmt::format("0 to {}, the encoder's vocabulary", vocabulary_size - 1),
                       fmt::format("{}", id));
    }
  }
}

at::Tensor mean_over_tokens(const at::Tensor& states, const at::Tensor& mask) {
  if (!mask.defined()) return states.mean(1, /*keepdim=*/false, at::kFloat);
  const auto real = nn::upload(mask.ne(0).to(at::kFloat), states.device()); // [B,L]
  const auto sum = (states.to(at::kFloat) * real.unsqueeze(-1)).sum(1);
  return sum / real.sum(1, /*keepdim=*/true).clamp_min(1);
}

} // namespace cxr
