/// @file
/// Multi-scale structural similarity (Wang, Simoncelli and Bovik 2003) of 8-bit grey images, 1 for equal ones. Its mean over pairs
/// of one prompt's images tells how alike they are: the lower, the more diverse (Odena et al. 2017).
///
/// As torchmetrics has it (`multiscale_structural_similarity_index_measure`, data range 255): Gaussian windows of 11 pixels, σ 1.5,
/// K1 0.01, K2 0.03; contrast and structure at each scale from the windows that lie inside, luminance at the coarsest, over the
/// image reflected at its borders; means below 0 count as 0; halving by 2×2 means.
///
/// Five scales need sides of at least 176 pixels. Smaller images have fewer, with the first of Wang's weights divided by their sum:
/// 4 from 88 pixels, 3 from 44, 2 from 22, 1 from 11. Values with other numbers of scales do not compare.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace cxr {

/// Side of the window in pixels.
inline constexpr std::int64_t kMsSsimWindow = 11;

/// How many scales (at most 5) images of this size have: at the coarsest a window fits. 0 for a side below 11 pixels.
std::int64_t ms_ssim_scales(std::int64_t height, std::int64_t width);

/// What MS-SSIM needs of one image whatever the other is: its halvings with the mean and variance of each window.
/// 8·H·W·4 bytes, computed once for all the image's pairs.
class SsimPyramid {
 public:
  /// @param image uint8 [H,W]  @param scales from 1 to ms_ssim_scales(H, W)
  SsimPyramid(const at::Tensor& image, std::int64_t scales);

 private:
  friend double ms_ssim(const SsimPyramid& x, const SsimPyramid& y);

  struct Level {
    std::int64_t height, width;         ///< of `pixels`; of the others both less by kMsSsimWindow - 1
    std::vector<double> pixels;         ///< the coarsest with a reflected border
    std::vector<double> mean, variance; ///< of each window
  };
  std::vector<Level> levels_; ///< finest first
};

/// 0 to 1. Both images have one size and number of scales.
double ms_ssim(const SsimPyramid& x, const SsimPyramid& y);

/// With as many scales as fit. @param x,y uint8 [H,W] of one size, sides of at least 11
double ms_ssim(const at::Tensor& x, const at::Tensor& y);

} // namespace cxr
