#include "io/image_file.h"

#include <span>

#include <fmt/ranges.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "io/gzip_file.h"
#include "io/jpeg.h"
#include "io/picture_header.h"
#include "io/png.h"

namespace cxr {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26; // four times the largest detectors; 0.5 GB as 16-bit RGBA

void check(const PictureHeader& header, const std::string& name) {
  if (header.width < 1 || header.height < 1) {
    throw InputError(name, "size", "at least one pixel", fmt::format("{}x{}", header.width, header.height));
  }
  if (header.width > kMostPixels / header.height) {
    throw InputError(name, "size", fmt::format("at most {} pixels", kMostPixels),
                     fmt::format("{}x{}", header.width, header.height));
  }
  if (!header.whole) throw InputError(name, "", "a whole picture", "one that is cut off");
}

// Luma as PIL's convert("L"): Rec. 601 in 16-bit fixed point, rounded.
std::uint8_t luma(unsigned red, unsigned green, unsigned blue) {
  return static_cast<std::uint8_t>((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
}

std::uint8_t over_black(unsigned value, unsigned alpha) { return static_cast<std::uint8_t>((value * alpha + 127) / 255); }

/// @param image uint8 [H,W,C], C 1 (grey), 3 (RGB) or 4 (RGBA)  @return uint8 [H,W]
at::Tensor grey_of(const at::Tensor& image) {
  const auto channels = image.size(2);
  if (channels == 1) return image.squeeze(2);
  auto grey = at::empty({image.size(0), image.size(1)}, at::kByte);
  const auto* in = image.const_data_ptr<std::uint8_t>();
  for (auto& pixel : std::span(grey.mutable_data_ptr<std::uint8_t>(), static_cast<std::size_t>(grey.numel()))) {
    pixel = channels == 3 ? luma(in[0], in[1], in[2])
                          : luma(over_black(in[0], in[3]), over_black(in[1], in[3]), over_black(in[2], in[3]));
    in += channels;
  }
  return grey;
}

/// An image that the formats take, as they take it.
at::Tensor writable(const at::Tensor& image) {
  expects(image.scalar_type() == at::kByte && (image.dim() == 2 || (image.dim() == 3 && image.size(2) == 3)),
          "an image to be written is uint8 [H,W] or [H,W,3], not [{}]", fmt::join(image.sizes(), ","));
  return image.cpu().contiguous();
}

} // namespace

at::Tensor read_grey_image(const std::filesystem::path& path) {
  const auto name = path.string();
  const auto bytes = read_whole_file(path);
  const auto header = read_picture_header(bytes, name);
  check(header, name);
  return grey_of(header.kind == PictureKind::kPng ? png::decode(bytes, name) : jpeg::decode(bytes, name));
}

void write_png(const std::filesystem::path& path, const at::Tensor& image) { write_file_atomically(path, png_bytes(image)); }

std::string png_bytes(const at::Tensor& image) { return png::encode(writable(image)); }

std::string jpeg_bytes(const at::Tensor& image, int quality) { return jpeg::encode(writable(image), quality); }

} // namespace cxr
