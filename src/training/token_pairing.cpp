#include "training/token_pairing.h"

#include <cmath>

#include "core/error.h"
#include "nn/transfer.h"

namespace cxr {
namespace {

// A place among a text's target states, maybe between two, and whether it counts.
struct Place {
  double at;
  bool counts;
};

// Token i of `count` lies where a token of `target_count` does that is as far along.
double as_far_along(std::int64_t i, std::int64_t count, std::int64_t target_count) {
  return count > 1 ? static_cast<double>(i * (target_count - 1)) / static_cast<double>(count - 1) : 0;
}

Place interpolated(std::int64_t i, std::int64_t source_length, std::int64_t source_size, std::int64_t target_length,
                   std::int64_t target_size) {
  if (i < source_length) return {as_far_along(i, source_length, target_length), true};
  if (target_length == target_size) return {static_cast<double>(target_size - 1), false}; // it has no padding to become
  return {static_cast<double>(target_length) +
              as_far_along(i - source_length, source_size - source_length, target_size - target_length),
          true};
}

Place place_of(TokenPairing pairing, std::int64_t i, std::int64_t source_length, std::int64_t source_size,
               std::int64_t target_length, std::int64_t target_size) {
  if (pairing == TokenPairing::kInterpolate) return interpolated(i, source_length, source_size, target_length, target_size);
  const auto end = pairing == TokenPairing::kCommon ? std::min(source_length, target_length) : target_size;
  return {static_cast<double>(std::min(i, target_size - 1)), i < end};
}

at::Tensor rows_at(const at::Tensor& states, const at::Tensor& index) {
  return states.gather(1, nn::upload(index, states.device()).unsqueeze(-1).expand({-1, -1, states.size(2)})); // [n,S,D]
}

} // namespace

TokenPairing parse_token_pairing(const std::string& name) {
  if (name == "position") return TokenPairing::kPosition;
  if (name == "common") return TokenPairing::kCommon;
  if (name == "interpolate") return TokenPairing::kInterpolate;
  throw InputError("--pairing", "", "position, common or interpolate", name);
}

PairedTokens pair_tokens(TokenPairing pairing, const at::Tensor& target, std::span<const std::int64_t> target_lengths,
                         std::span<const std::int64_t> source_lengths, std::int64_t source_size) {
  const auto n = target.size(0), target_size = target.size(1);
  const auto below = at::empty({n, source_size}, at::kLong); // the neighbour before
  const auto past = at::empty({n, source_size}), weight = at::empty({n, source_size});
  for (std::int64_t row = 0; row < n; ++row) {
    auto* index = below.mutable_data_ptr<std::int64_t>() + row * source_size;
    auto* fraction = past.mutable_data_ptr<float>() + row * source_size;
    auto* counts = weight.mutable_data_ptr<float>() + row * source_size;
    const auto of_source = source_lengths[static_cast<std::size_t>(row)], of_target = target_lengths[static_cast<std::size_t>(row)];
    for (std::int64_t i = 0; i < source_size; ++i) {
      const auto place = place_of(pairing, i, of_source, source_size, of_target, target_size);
      index[i] = static_cast<std::int64_t>(place.at);
      fraction[i] = static_cast<float>(place.at - std::floor(place.at));
      counts[i] = place.counts ? 1.F : 0.F;
    }
  }
  auto paired = rows_at(target, below);
  if (pairing == TokenPairing::kInterpolate) {
    const auto next = rows_at(target, (below + 1).clamp_max(target_size - 1));
    paired = paired.lerp(next, nn::upload(past, paired.device(), paired.scalar_type()).unsqueeze(-1).expand_as(paired));
  }
  return {paired, nn::upload(weight, target.device())};
}

} // namespace cxr
