#include "dist/rank_order_sum.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <c10/util/BFloat16.h>

#include "core/error.h"

namespace cxr {
namespace {

// A block of sums stays in the first cache while the ranks' elements stream by.
constexpr std::size_t kBlock = 2048;

template <typename T, typename Sum, bool kIsMean>
void combine(const std::vector<const std::byte*>& parts, std::byte* out, std::size_t count) {
  std::array<Sum, kBlock> sums;
  for (std::size_t begin = 0; begin < count; begin += kBlock) {
    const auto size = std::min(kBlock, count - begin);
    const auto elements_of = [&](const std::byte* part) { return reinterpret_cast<const T*>(part) + begin; };
    const T* first = elements_of(parts.front());
    for (std::size_t i = 0; i < size; ++i) sums[i] = static_cast<Sum>(first[i]);
    for (std::size_t rank = 1; rank < parts.size(); ++rank) {
      const T* next = elements_of(parts[rank]);
      for (std::size_t i = 0; i < size; ++i) sums[i] += static_cast<Sum>(next[i]);
    }
    T* result = reinterpret_cast<T*>(out) + begin;
    const auto divisor = kIsMean ? static_cast<Sum>(parts.size()) : Sum{1};
    for (std::size_t i = 0; i < size; ++i) result[i] = static_cast<T>(kIsMean ? sums[i] / divisor : sums[i]);
  }
}

template <typename T, typename Sum>
MpiChannel::Combine sum_or_mean(bool is_mean) {
  return is_mean ? combine<T, Sum, true> : combine<T, Sum, false>;
}

} // namespace

MpiChannel::Combine rank_order_sum(c10::ScalarType dtype, bool is_mean) {
  switch (dtype) {
    case c10::ScalarType::Float:
      return sum_or_mean<float, float>(is_mean);
    case c10::ScalarType::Double:
      return sum_or_mean<double, double>(is_mean);
    case c10::ScalarType::BFloat16:
      return sum_or_mean<c10::BFloat16, float>(is_mean);
    case c10::ScalarType::Long:
      if (!is_mean) return combine<std::int64_t, std::int64_t, false>;
      break;
    default:
      break;
  }
  throw LogicError(fmt::format("an all-reduce over MPI can't {} {}", is_mean ? "average" : "add", c10::toString(dtype)));
}

} // namespace cxr
