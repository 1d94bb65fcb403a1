#include "metrics/ms_ssim.h"

#include <cmath>

#include "core/error.h"
#include "core/simd.h"

namespace cxr {
namespace {

constexpr std::array<double, 5> kWeights = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333}; // Wang et al. 2003, section 3.2
constexpr std::int64_t kBorder = kMsSsimWindow / 2;
constexpr double kC1 = (0.01 * 255) * (0.01 * 255), kC2 = (0.03 * 255) * (0.03 * 255);

using Window = std::array<double, kMsSsimWindow>;

Window gaussian() {
  constexpr double kSigma = 1.5;
  Window window;
  double sum = 0;
  for (std::int64_t i = 0; i < kMsSsimWindow; ++i) {
    const double distance = static_cast<double>(i - kBorder) / kSigma;
    sum += window[i] = std::exp(-distance * distance / 2);
  }
  for (auto& weight : window) weight /= sum;
  return window;
}

/// One row of window means. @param columns scratch [width]
CXR_SIMD_CLONES void filter_row(const double* image, std::int64_t width, const double* window, double* columns, double* out) {
  for (std::int64_t j = 0; j < width; ++j) {
    double sum = 0;
    for (std::int64_t t = 0; t < kMsSsimWindow; ++t) sum += window[t] * image[t * width + j];
    columns[j] = sum;
  }
  for (std::int64_t j = 0; j + kMsSsimWindow <= width; ++j) {
    double sum = 0;
    for (std::int64_t t = 0; t < kMsSsimWindow; ++t) sum += window[t] * columns[j + t];
    out[j] = sum;
  }
}

/// Means over the windows that lie inside. @param image [height,width]  @return [height - 10,width - 10]
std::vector<double> window_means(const std::vector<double>& image, std::int64_t height, std::int64_t width) {
  static const Window kWindow = gaussian();
  const auto rows = height - kMsSsimWindow + 1, count = width - kMsSsimWindow + 1;
  std::vector<double> means(rows * count), columns(width);
  for (std::int64_t row = 0; row < rows; ++row) {
    filter_row(image.data() + row * width, width, kWindow.data(), columns.data(), means.data() + row * count);
  }
  return means;
}

std::vector<double> products(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<double> result(x.size());
  std::transform(x.begin(), x.end(), y.begin(), result.begin(), std::multiplies<>());
  return result;
}

std::vector<double> values_of(const at::Tensor& image) {
  const auto x = image.contiguous();
  return {x.const_data_ptr<double>(), x.const_data_ptr<double>() + x.numel()};
}

/// Mean over windows of contrast × structure, and where `luminance` is asked of that too.
double mean_similarity(const std::vector<double>& mean_x, const std::vector<double>& variance_x, const std::vector<double>& mean_y,
                       const std::vector<double>& variance_y, const std::vector<double>& mean_product, bool luminance) {
  double sum = 0;
  for (std::size_t i = 0; i < mean_x.size(); ++i) {
    const double means = mean_x[i] * mean_y[i];
    double similarity = (2 * (mean_product[i] - means) + kC2) / (variance_x[i] + variance_y[i] + kC2);
    if (luminance) similarity *= (2 * means + kC1) / (mean_x[i] * mean_x[i] + mean_y[i] * mean_y[i] + kC1);
    sum += similarity;
  }
  return sum / static_cast<double>(mean_x.size());
}

} // namespace

std::int64_t ms_ssim_scales(std::int64_t height, std::int64_t width) {
  std::int64_t scales = 0;
  for (auto side = std::min(height, width); side >= kMsSsimWindow && scales < std::ssize(kWeights); side /= 2) ++scales;
  return scales;
}

SsimPyramid::SsimPyramid(const at::Tensor& image, std::int64_t scales) {
  expects(image.scalar_type() == at::kByte && image.dim() == 2, "MS-SSIM: images are uint8 [H,W]");
  expects(scales >= 1 && scales <= ms_ssim_scales(image.size(0), image.size(1)), "MS-SSIM: {} scales of {} x {} pixels", scales,
          image.size(0), image.size(1));
  auto x = image.to(at::kDouble).view({1, 1, image.size(0), image.size(1)});
  for (std::int64_t scale = 0; scale < scales; ++scale) {
    if (scale > 0) x = at::avg_pool2d(x, {2, 2});
    const bool coarsest = scale == scales - 1;
    const auto level = coarsest ? at::reflection_pad2d(x, {kBorder, kBorder, kBorder, kBorder}) : x;
    Level made{level.size(2), level.size(3), values_of(level), {}, {}};
    made.mean = window_means(made.pixels, made.height, made.width);
    made.variance = window_means(products(made.pixels, made.pixels), made.height, made.width);
    for (std::size_t i = 0; i < made.mean.size(); ++i) {
      made.variance[i] = std::max(0.0, made.variance[i] - made.mean[i] * made.mean[i]); // rounding may take it below 0
    }
    levels_.push_back(std::move(made));
  }
}

double ms_ssim(const SsimPyramid& x, const SsimPyramid& y) {
  const auto scales = x.levels_.size();
  expects(scales == y.levels_.size(), "MS-SSIM: images have one number of scales");
  double weights = 0, logarithm = 0;
  for (std::size_t scale = 0; scale < scales; ++scale) {
    const auto &a = x.levels_[scale], &b = y.levels_[scale];
    expects(a.height == b.height && a.width == b.width, "MS-SSIM: images have one size");
    const auto mean_product = window_means(products(a.pixels, b.pixels), a.height, a.width);
    const double similarity = mean_similarity(a.mean, a.variance, b.mean, b.variance, mean_product, scale == scales - 1);
    weights += kWeights[scale];
    logarithm += kWeights[scale] * std::log(std::max(similarity, 0.0));
  }
  return std::exp(logarithm / weights);
}

double ms_ssim(const at::Tensor& x, const at::Tensor& y) {
  expects(x.dim() == 2, "MS-SSIM: images are uint8 [H,W]");
  const auto scales = ms_ssim_scales(x.size(0), x.size(1));
  return ms_ssim(SsimPyramid(x, scales), SsimPyramid(y, scales));
}

} // namespace cxr
