#include "metrics/agreement.h"

#include <cmath>
#include <limits>
#include <vector>

#include "core/error.h"

namespace cxr {
namespace {

double weight(std::int64_t steps, KappaWeights weights) {
  switch (weights) {
    case KappaWeights::kNone:
      return steps == 0 ? 0 : 1;
    case KappaWeights::kLinear:
      return static_cast<double>(std::abs(steps));
    case KappaWeights::kQuadratic:
      return static_cast<double>(steps * steps);
  }
  throw LogicError("cohen_kappa: unknown weights");
}

/// How many cases each category has. @return [categories]
std::vector<std::int64_t> frequencies(std::span<const std::int8_t> labels, std::int64_t categories) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(categories));
  for (const auto label : labels) {
    expects(label >= 0 && label < categories, "cohen_kappa: {} is none of {} categories", label, categories);
    ++counts[static_cast<std::size_t>(label)];
  }
  return counts;
}

} // namespace

double cohen_kappa(std::span<const std::int8_t> a, std::span<const std::int8_t> b, std::int64_t categories, KappaWeights weights) {
  expects(a.size() == b.size(), "cohen_kappa: {} and {} labels", a.size(), b.size());
  const auto of_a = frequencies(a, categories), of_b = frequencies(b, categories);
  double observed = 0, expected = 0; // sums over cases, and over all pairings of a case of a with a case of b
  for (std::size_t i = 0; i < a.size(); ++i) observed += weight(a[i] - b[i], weights);
  for (std::int64_t i = 0; i < categories; ++i) {
    for (std::int64_t j = 0; j < categories; ++j)
      expected +=
          weight(i - j, weights) * static_cast<double>(of_a[static_cast<std::size_t>(i)] * of_b[static_cast<std::size_t>(j)]);
  }
  if (expected == 0) return std::numeric_limits<double>::quiet_NaN();
  return 1 - observed * static_cast<double>(a.size()) / expected;
}

double exact_agreement(std::span<const std::int8_t> a, std::span<const std::int8_t> b) {
  expects(a.size() == b.size(), "exact_agreement: {} and {} labels", a.size(), b.size());
  if (a.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::int64_t equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i];
  return static_cast<double>(equal) / static_cast<double>(a.size());
}

} // namespace cxr
