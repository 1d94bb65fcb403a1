/// @file
/// How radiographs of any size become the size that a set has. Scaling is OpenCV's: area averages where a side shrinks (every
/// source pixel counts, so nothing aliases), linear interpolation where it grows (cubic would overshoot at burnt-in markers).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>

namespace cxr {

enum class ResizeRule {
  kCenterCrop, ///< the central square of the shorter side, scaled: torchxrayvision's and the paper's way
  kPad,        ///< all of the image, scaled to fit, centred on black
  kStretch,    ///< all of the image, its aspect given up
};

/// "center-crop", "pad", "stretch". @throws InputError (`--resize`) for another name
ResizeRule resize_rule(const std::string& name);
std::string resize_rule_name(ResizeRule rule);

/// @param image uint8 [H,W], H, W ≥ 1  @param size ≥ 1  @return uint8 [size,size]
at::Tensor resize_to_square(const at::Tensor& image, std::int64_t size, ResizeRule rule);

/// The autoencoder halves sides three times: sides of a set are multiples of this.
inline constexpr std::int64_t kSideMultiple = 8;

/// Shrinks an image whose longer side exceeds `max_side`, keeping its aspect; then each side is rounded down to a multiple of 8,
/// and is at least 8 (the aspect changes by less than 8 pixels' worth).
/// @param image uint8 [H,W]  @param max_side ≥ 8  @return uint8 [H',W']
at::Tensor limit_side(const at::Tensor& image, std::int64_t max_side);

} // namespace cxr
