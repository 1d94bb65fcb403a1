#include "analysis/rank_order.h"

#include <cmath>
#include <limits>

#include "core/error.h"

namespace cxr {

std::vector<double> mid_ranks(std::span<const double> values) {
  std::vector<double> ranks;
  for (const double value : values) {
    const auto below = std::count_if(values.begin(), values.end(), [&](double x) { return x < value; });
    const auto equal = std::count(values.begin(), values.end(), value);
    ranks.push_back(static_cast<double>(below) + static_cast<double>(equal + 1) / 2);
  }
  return ranks;
}

double spearman(std::span<const double> a, std::span<const double> b) {
  expects(a.size() == b.size(), "spearman: {} and {} values", a.size(), b.size());
  const auto ranks_a = mid_ranks(a), ranks_b = mid_ranks(b);
  const double middle = static_cast<double>(a.size() + 1) / 2; // the mean of either
  double product = 0, square_a = 0, square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += (ranks_a[i] - middle) * (ranks_b[i] - middle);
    square_a += (ranks_a[i] - middle) * (ranks_a[i] - middle);
    square_b += (ranks_b[i] - middle) * (ranks_b[i] - middle);
  }
  const bool exists = square_a > 0 && square_b > 0;
  return exists ? product / std::sqrt(square_a * square_b) : std::numeric_limits<double>::quiet_NaN();
}

} // namespace cxr
