#include "io/image_file.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "io/gzip_file.h"
#include "io/picture_header.h"

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

cv::Mat decode(std::string& bytes, const std::string& name) {
  const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8UC1, bytes.data());
  cv::Mat image;
  try {
    // UNCHANGED: depth and alpha as stored, palettes as colours, EXIF rotation ignored.
    image = cv::imdecode(buffer, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception& error) {
    throw InputError(name, "", "a picture that can be decoded", error.err);
  }
  if (image.empty()) throw InputError(name, "", "a picture that can be decoded", "damaged data");
  return image;
}

// Luma as PIL's convert("L"): Rec. 601 in 16-bit fixed point, rounded.
std::uint8_t luma(unsigned red, unsigned green, unsigned blue) {
  return static_cast<std::uint8_t>((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
}

std::uint8_t over_black(unsigned value, unsigned alpha) { return static_cast<std::uint8_t>((value * alpha + 127) / 255); }

// 16 bits to 8: 65535 / 255 = 257.
cv::Mat to_8_bits(const cv::Mat& image) {
  if (image.depth() == CV_8U) return image;
  cv::Mat narrow;
  image.convertTo(narrow, CV_8U, 1.0 / 257);
  return narrow;
}

void write_grey(const cv::Mat& image, cv::Mat& grey) {
  for (int y = 0; y < image.rows; ++y) {
    const auto* in = image.ptr<std::uint8_t>(y);
    auto* out = grey.ptr<std::uint8_t>(y);
    for (int x = 0; x < image.cols; ++x) {
      if (image.channels() == 3) out[x] = luma(in[3 * x + 2], in[3 * x + 1], in[3 * x]); // OpenCV's order is BGR
      if (image.channels() == 4) {
        const unsigned alpha = in[4 * x + 3];
        out[x] = luma(over_black(in[4 * x + 2], alpha), over_black(in[4 * x + 1], alpha), over_black(in[4 * x], alpha));
      }
    }
  }
}

/// The bytes of a file of that kind. @param image uint8 [H,W] or [H,W,3] (RGB)
std::string encoded(const at::Tensor& image, const char* kind, const std::vector<int>& parameters) {
  expects(image.scalar_type() == at::kByte && (image.dim() == 2 || (image.dim() == 3 && image.size(2) == 3)),
          "{}: an image is uint8 [H,W] or [H,W,3]", kind);
  const auto pixels = image.cpu().contiguous();
  const cv::Mat view(static_cast<int>(pixels.size(0)), static_cast<int>(pixels.size(1)), image.dim() == 3 ? CV_8UC3 : CV_8UC1,
                     pixels.data_ptr());
  cv::Mat ordered = view;
  if (image.dim() == 3) cv::cvtColor(view, ordered, cv::COLOR_RGB2BGR);
  std::vector<std::uint8_t> bytes;
  if (!cv::imencode(kind, ordered, bytes, parameters)) throw std::runtime_error(fmt::format("{} encoding failed", kind));
  return {bytes.begin(), bytes.end()};
}

} // namespace

at::Tensor read_grey_image(const std::filesystem::path& path) {
  const auto name = path.string();
  auto bytes = read_whole_file(path);
  check(read_picture_header(bytes, name), name);
  const auto image = to_8_bits(decode(bytes, name));
  auto result = at::empty({image.rows, image.cols}, at::kByte);
  cv::Mat grey(image.rows, image.cols, CV_8UC1, result.data_ptr());
  switch (image.channels()) {
    case 1:
      image.copyTo(grey);
      break;
    case 3:
    case 4:
      write_grey(image, grey);
      break;
    default:
      throw InputError(name, "channels", "1, 3 or 4", fmt::format("{}", image.channels()));
  }
  return result;
}

void write_png(const std::filesystem::path& path, const at::Tensor& image) { write_file_atomically(path, png_bytes(image)); }

std::string png_bytes(const at::Tensor& image) { return encoded(image, ".png", {}); }

std::string jpeg_bytes(const at::Tensor& image, int quality) { return encoded(image, ".jpg", {cv::IMWRITE_JPEG_QUALITY, quality}); }

} // namespace cxr
