#include "metrics/image_quality.h"

#include <cmath>
#include <limits>

#include "core/error.h"

namespace cxr {
namespace {

constexpr double kPeak8Bit = 255;

void expect_same_size(const at::Tensor& x, const at::Tensor& y, const char* metric) {
  expects(x.scalar_type() == at::kByte && y.scalar_type() == at::kByte, "{}: images are uint8", metric);
  expects(x.sizes() == y.sizes() && x.numel() > 0, "{}: images have one size", metric);
}

void expect_grey_pair(const at::Tensor& x, const at::Tensor& y, const char* metric) {
  expects(x.dim() == 2, "{}: images are [H,W], got {} dimensions", metric, x.dim());
  expect_same_size(x, y, metric);
}

// Σ (x − y)², exact.
std::int64_t squared_error(const at::Tensor& x, const at::Tensor& y) {
  constexpr std::int64_t kRun = 4096; // 4096·255² fits 32 bits, in which the inner loop vectorises best
  const auto xs = x.contiguous(), ys = y.contiguous();
  const auto* a = xs.const_data_ptr<std::uint8_t>();
  const auto* b = ys.const_data_ptr<std::uint8_t>();
  std::int64_t total = 0;
  for (std::int64_t begin = 0; begin < xs.numel(); begin += kRun) {
    const auto end = std::min(begin + kRun, xs.numel());
    std::int32_t sum = 0;
    for (auto i = begin; i < end; ++i) {
      const std::int32_t error = a[i] - b[i];
      sum += error * error;
    }
    total += sum;
  }
  return total;
}

double mean_squared_error(const at::Tensor& x, const at::Tensor& y) {
  return static_cast<double>(squared_error(x, y)) / static_cast<double>(x.numel());
}

double decibels(double peak, double mse) {
  return mse == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(peak * peak / mse);
}

// uint8 [H,W] as [H,W,3]. By hand: a copy of an expanded tensor is 50 times slower.
at::Tensor as_rgb(const at::Tensor& image) {
  if (image.dim() == 3) return image;
  const auto grey = image.contiguous();
  const auto rgb = at::empty({grey.size(0), grey.size(1), 3}, at::kByte);
  const auto* from = grey.const_data_ptr<std::uint8_t>();
  auto* to = rgb.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < grey.numel(); ++i) to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];
  return rgb;
}

// Mean over pixels and channels of the squared error on [-1024, 1024].
double paper_mse(const at::Tensor& x, const at::Tensor& y, const char* metric) {
  constexpr double kStep = 2 * kPaperPeak / kPeak8Bit;
  for (const auto& image : {x, y}) {
    expects(image.dim() == 2 || (image.dim() == 3 && image.size(2) == 3), "{}: images are [H,W] or [H,W,3]", metric);
  }
  const bool same = x.dim() == y.dim(); // then a grey pair's mean is that of its three equal channels
  const auto a = same ? x : as_rgb(x), b = same ? y : as_rgb(y);
  expect_same_size(a, b, metric);
  return kStep * kStep * mean_squared_error(a, b);
}

// Sums over the window: Σx, Σy, Σ(x² + y²) and Σxy. All fit 32 bits: 49·2·255² < 2^23.
struct WindowSums {
  explicit WindowSums(std::int64_t width) : x(width), y(width), squares(width), products(width) {}
  std::vector<std::int32_t> x, y, squares, products;
};

// Adds (sign 1) or takes away (sign -1) one row of the images to the sums of each column.
void add_row(WindowSums& columns, const std::uint8_t* x, const std::uint8_t* y, std::int32_t sign) {
  const auto width = std::ssize(columns.x);
  for (std::ptrdiff_t j = 0; j < width; ++j) columns.x[j] += sign * x[j];
  for (std::ptrdiff_t j = 0; j < width; ++j) columns.y[j] += sign * y[j];
  for (std::ptrdiff_t j = 0; j < width; ++j) columns.squares[j] += sign * (x[j] * x[j] + y[j] * y[j]);
  for (std::ptrdiff_t j = 0; j < width; ++j) columns.products[j] += sign * (x[j] * y[j]);
}

// windows[j] = columns[j] + … + columns[j + 6]
void sum_across(const std::vector<std::int32_t>& columns, std::vector<std::int32_t>& windows) {
  const auto* c = columns.data();
  auto* w = windows.data();
  const auto count = std::ssize(columns) - kSsimWindow + 1;
  for (std::ptrdiff_t j = 0; j < count; ++j) w[j] = c[j] + c[j + 1] + c[j + 2] + c[j + 3] + c[j + 4] + c[j + 5] + c[j + 6];
}

// Σ over a row's windows of ((2·μxμy + C1)(2·σxy + C2)) / ((μx² + μy² + C1)(σx² + σy² + C2)), both sides scaled so that the
// sums stay integers: means by 49², covariances by 49·48 (sample covariance: n − 1 = 48).
double similarity_of_row(const WindowSums& windows, std::int64_t count, std::vector<double>& similarity) {
  constexpr std::int32_t kArea = kSsimWindow * kSsimWindow;
  constexpr double kC1 = (0.01 * kPeak8Bit) * (0.01 * kPeak8Bit) * kArea * kArea;
  constexpr double kC2 = (0.03 * kPeak8Bit) * (0.03 * kPeak8Bit) * kArea * (kArea - 1);
  for (std::int64_t j = 0; j < count; ++j) {
    const std::int32_t sum_x = windows.x[j], sum_y = windows.y[j];
    const std::int32_t product = sum_x * sum_y, squares = sum_x * sum_x + sum_y * sum_y; // at most 2·(49·255)² < 2^29
    const std::int32_t covariance = kArea * windows.products[j] - product;
    const std::int32_t variances = kArea * windows.squares[j] - squares;
    similarity[j] = ((2.0 * product + kC1) * (2.0 * covariance + kC2)) / ((squares + kC1) * (variances + kC2));
  }
  double sum = 0;
  for (std::int64_t j = 0; j < count; ++j) sum += similarity[j];
  return sum;
}

} // namespace

double rmse(const at::Tensor& x, const at::Tensor& y) {
  expect_grey_pair(x, y, "rmse");
  return std::sqrt(mean_squared_error(x, y));
}

double psnr(const at::Tensor& x, const at::Tensor& y) {
  expect_grey_pair(x, y, "psnr");
  return decibels(kPeak8Bit, mean_squared_error(x, y));
}

double ssim(const at::Tensor& x, const at::Tensor& y) {
  expect_grey_pair(x, y, "ssim");
  const auto height = x.size(0), width = x.size(1);
  if (std::min(height, width) < kSsimWindow) return std::numeric_limits<double>::quiet_NaN();
  const auto xs = x.contiguous(), ys = y.contiguous();
  const auto* a = xs.const_data_ptr<std::uint8_t>();
  const auto* b = ys.const_data_ptr<std::uint8_t>();
  const auto count = width - kSsimWindow + 1;
  WindowSums columns(width), windows(width);
  std::vector<double> similarity(count);
  double total = 0;
  for (std::int64_t row = 0; row < height; ++row) {
    add_row(columns, a + row * width, b + row * width, 1);
    if (row < kSsimWindow - 1) continue;
    sum_across(columns.x, windows.x);
    sum_across(columns.y, windows.y);
    sum_across(columns.squares, windows.squares);
    sum_across(columns.products, windows.products);
    total += similarity_of_row(windows, count, similarity);
    const auto oldest = (row - kSsimWindow + 1) * width;
    add_row(columns, a + oldest, b + oldest, -1);
  }
  return total / static_cast<double>(count * (height - kSsimWindow + 1));
}

double rmse_paper(const at::Tensor& x, const at::Tensor& y) { return std::sqrt(3 * paper_mse(x, y, "rmse_paper")); }

double psnr_paper(const at::Tensor& x, const at::Tensor& y) { return decibels(kPaperPeak, paper_mse(x, y, "psnr_paper")); }

} // namespace cxr
