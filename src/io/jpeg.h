/// @file
/// JPEG in memory, by libjpeg.
#pragma once

#include <torch/types.h>

#include <string>
#include <string_view>

namespace cxr::jpeg {

/// @param bytes a whole file  @param name stands for it in messages
/// @return uint8 [H,W,C], C 1 (grey) or 3 (RGB; four inks become it as PIL's "CMYK" does). An EXIF rotation is ignored.
/// @throws InputError if it cannot be decoded. As libjpeg does, bits that decode to something are taken for a picture.
at::Tensor decode(std::string_view bytes, const std::string& name);

/// @param image uint8 [H,W] or [H,W,3] (RGB), on the CPU and contiguous  @param quality 1 to 100; colours at half the resolution
std::string encode(const at::Tensor& image, int quality);

} // namespace cxr::jpeg
