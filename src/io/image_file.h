/// @file
/// Pictures on disk, in shades of grey.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <string>

namespace cxr {

/// Reads a JPEG or PNG (any depth, grey, RGB or RGBA) as grey uint8 [H,W]. Colour becomes luma (Rec. 601, as PIL's "L");
/// 16 bits are scaled by 1/257 and rounded; transparency is composed over black. An EXIF rotation is ignored, as PIL does.
/// @throws InputError if absent, empty, truncated, not a picture, or larger than 2^26 pixels (read from the header, before
/// decoding)
at::Tensor read_grey_image(const std::filesystem::path& path);

/// Writes a PNG by way of a temporary file. @param image uint8 [H,W] or [H,W,3] (RGB)
void write_png(const std::filesystem::path& path, const at::Tensor& image);

/// The bytes of a PNG, without metadata. @param image uint8 [H,W] or [H,W,3] (RGB)
std::string png_bytes(const at::Tensor& image);

/// The bytes of a JPEG. @param image uint8 [H,W] or [H,W,3] (RGB)  @param quality 1 to 100
std::string jpeg_bytes(const at::Tensor& image, int quality);

} // namespace cxr
