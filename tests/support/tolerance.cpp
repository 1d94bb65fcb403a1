#include "support/tolerance.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cxr::test {
namespace {

std::string index_of(std::int64_t flat, at::IntArrayRef shape) {
  std::vector<std::int64_t> index(shape.size());
  for (auto d = std::ssize(index) - 1; d >= 0; --d) {
    index[d] = flat % shape[d];
    flat /= shape[d];
  }
  return fmt::format("[{}]", fmt::join(index, ","));
}

} // namespace

testing::AssertionResult close_to(const at::Tensor& actual, const at::Tensor& expected, double tolerance) {
  if (actual.sizes() != expected.sizes()) {
    return testing::AssertionFailure() << fmt::format("shape [{}] where [{}] was expected", fmt::join(actual.sizes(), ","),
                                                      fmt::join(expected.sizes(), ","));
  }
  if (expected.numel() == 0) return testing::AssertionSuccess();
  const auto a = actual.detach().to(at::kCPU, at::kDouble).contiguous().flatten();
  const auto e = expected.detach().to(at::kCPU, at::kDouble).contiguous().flatten();
  const auto difference =
      at::where(a.isnan() & e.isnan(), at::zeros_like(a), (a - e).abs().nan_to_num(INFINITY, INFINITY, INFINITY));
  const double scale = std::max(e.nan_to_num(0, 0, 0).abs().max().item<double>(), 1e-30);
  const auto worst = difference.argmax().item<std::int64_t>();
  const double largest = difference[worst].item<double>();
  if (largest <= tolerance * scale) return testing::AssertionSuccess();
  return testing::AssertionFailure() << fmt::format(
             "largest difference {:.3g} ({:.3g} of the scale {:.3g}, tolerance {:.3g}) at {}: {:.9g} where {:.9g} was expected; "
             "mean "
             "difference {:.3g}",
             largest, largest / scale, scale, tolerance, index_of(worst, expected.sizes()), a[worst].item<double>(),
             e[worst].item<double>(), difference.mean().item<double>());
}

} // namespace cxr::test
