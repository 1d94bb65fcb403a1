/// @file
/// How far a reconstruction is from its original: RMSE, PSNR and SSIM on the 8-bit scale, and the pair of the paper on the
/// scale that its published values fit.
///
/// **The paper's scale.** Chambon et al. 2022 give no formula. The extremes and medians of their section 3.1 satisfy
/// PSNR = 20·log10(1774 / RMSE) to 0.1 dB on both data sets, and √3·1024 = 1773.6. That is what torchxrayvision's intensities
/// give, v = (2·x/255 − 1)·1024 in [-1024, 1024], when the RMSE sums the squared errors e of the three colour channels,
///
///     RMSE = √( mean over pixels of e_R² + e_G² + e_B² ),  e = (2048/255)·(x − y),
///
/// and the PSNR takes 1024 as its peak and the mean over pixels and channels as its error, MSE = RMSE²/3:
///
///     PSNR = 20·log10(1024 / √MSE) = 20·log10(√3·1024 / RMSE).
///
/// Compare only these two with the paper; `rmse`, `psnr` and `ssim` are the conventional ones.
#pragma once

#include <torch/types.h>

namespace cxr {

/// Half the width of torchxrayvision's intensity range, [-1024, 1024]; the peak of the paper's PSNR.
inline constexpr double kPaperPeak = 1024;

/// Side of SSIM's window in pixels.
inline constexpr std::int64_t kSsimWindow = 7;

/// Root mean square error of two 8-bit grey images in grey levels, 0 to 255. @param x,y uint8 [H,W]
double rmse(const at::Tensor& x, const at::Tensor& y);

/// Peak signal-to-noise ratio in dB for a data range of 255; infinity for equal images. @param x,y uint8 [H,W]
double psnr(const at::Tensor& x, const at::Tensor& y);

/// Mean structural similarity, -1 to 1, as scikit-image's `structural_similarity(x, y)` has it for uint8: a uniform 7×7 window,
/// sample covariance, K1 0.01, K2 0.03, data range 255, mean over the windows that lie inside (Wang et al. 2004).
/// NaN for images with a side below 7 pixels, which hold no window. @param x,y uint8 [H,W]
double ssim(const at::Tensor& x, const at::Tensor& y);

/// RMSE on the paper's scale (see above). A grey image stands for three equal channels. @param x,y uint8 [H,W] or [H,W,3]
double rmse_paper(const at::Tensor& x, const at::Tensor& y);

/// PSNR in dB on the paper's scale; infinity for equal images. @param x,y uint8 [H,W] or [H,W,3]
double psnr_paper(const at::Tensor& x, const at::Tensor& y);

} // namespace cxr
