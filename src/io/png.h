/// @file
/// PNG in memory, by libpng.
#pragma once

#include <torch/types.h>

#include <string>
#include <string_view>

namespace cxr::png {

/// @param bytes a whole file  @param name stands for it in messages
/// @return uint8 [H,W,C], C 1 (grey), 3 (RGB) or 4 (RGBA). Palettes become colours, 16 bits are scaled by 1/257 and rounded.
/// @throws InputError if it cannot be decoded
at::Tensor decode(std::string_view bytes, const std::string& name);

/// Without metadata; written for speed rather than for the last byte.
/// @param image uint8 [H,W] or [H,W,3] (RGB), on the CPU and contiguous
std::string encode(const at::Tensor& image);

} // namespace cxr::png
