#include "io/dicom.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "io/dicom_file.h"
#include "io/dicom_window.h"

namespace cxr {
namespace {

/// How the pixels of an image are stored: PS3.3, C.7.6.3.
struct PixelFormat {
  std::int64_t rows, columns, allocated, stored, high_bit;
  bool is_signed, is_inverted;

  std::int64_t pixels() const { return rows * columns; }
  std::int64_t codes() const { return std::int64_t{1} << stored; }
  /// The number that a code (the stored bits alone) stands for.
  std::int64_t value(std::int64_t code) const { return is_signed && code >= codes() / 2 ? code - codes() : code; }
};

void require_range(const DicomFile& file, const DcmTagKey& tag, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low || value > high) file.refuse(tag, fmt::format("{} to {}", low, high), fmt::format("{}", value));
}

PixelFormat read_format(const DicomFile& file) {
  constexpr std::int64_t kMostPixels = std::int64_t{1} << 26; // as for other pictures (io/image_file.cpp)
  if (const auto samples = file.integer(DCM_SamplesPerPixel); samples != 1) {
    file.refuse(DCM_SamplesPerPixel, "1 (a grey image)", fmt::format("{}", samples));
  }
  const auto polarity = file.text(DCM_PhotometricInterpretation);
  if (polarity != "MONOCHROME1" && polarity != "MONOCHROME2") {
    file.refuse(DCM_PhotometricInterpretation, "MONOCHROME1 or MONOCHROME2", polarity.empty() ? "none" : polarity);
  }
  if (const auto frames = file.text(DCM_NumberOfFrames); !frames.empty() && frames != "1") {
    file.refuse(DCM_NumberOfFrames, "1", frames);
  }
  PixelFormat format{file.integer(DCM_Rows),       file.integer(DCM_Columns), file.integer(DCM_BitsAllocated),
                     file.integer(DCM_BitsStored), file.integer(DCM_HighBit), file.integer(DCM_PixelRepresentation) != 0,
                     polarity == "MONOCHROME1"};
  require_range(file, DCM_Rows, format.rows, 1, 65535);
  require_range(file, DCM_Columns, format.columns, 1, kMostPixels / format.rows);
  if (format.allocated != 8 && format.allocated != 16)
    file.refuse(DCM_BitsAllocated, "8 or 16", fmt::format("{}", format.allocated));
  require_range(file, DCM_BitsStored, format.stored, 8, format.allocated);
  require_range(file, DCM_HighBit, format.high_bit, format.stored - 1, format.allocated - 1);
  return format;
}

template <typename Word>
std::vector<std::uint16_t> extract_codes(const Word* words, const PixelFormat& format) {
  // Bits outside the stored ones may hold overlays.
  const auto shift = format.high_bit + 1 - format.stored;
  const auto mask = format.codes() - 1;
  std::vector<std::uint16_t> codes(static_cast<std::size_t>(format.pixels()));
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint16_t>((words[i] >> shift) & mask);
  return codes;
}

/// The stored bits of each pixel, decompressed, row by row.
std::vector<std::uint16_t> read_codes(const DicomFile& file, const PixelFormat& format) {
  if (!file.has(DCM_PixelData)) file.refuse(DCM_PixelData, "an image", "none");
  const DcmXfer syntax(file.data().getOriginalXfer());
  if (const auto status = file.data().chooseRepresentation(EXS_LittleEndianExplicit, nullptr); status.bad()) {
    file.refuse(DCM_PixelData, "uncompressed, JPEG, JPEG-LS or RLE data that can be decoded",
                fmt::format("{} ({})", syntax.getXferName(), status.text()));
  }
  unsigned long count = 0;
  const auto require_count = [&] {
    if (count < static_cast<unsigned long>(format.pixels())) {
      file.refuse(DCM_PixelData, fmt::format("{} pixels", format.pixels()), fmt::format("{}", count));
    }
  };
  if (format.allocated == 8) {
    const Uint8* bytes = nullptr;
    file.data().findAndGetUint8Array(DCM_PixelData, bytes, &count);
    require_count();
    return extract_codes(bytes, format);
  }
  const Uint16* words = nullptr;
  file.data().findAndGetUint16Array(DCM_PixelData, words, &count);
  require_count();
  return extract_codes(words, format);
}

/// What each code becomes, 0 to 255, before the polarity is looked at. @param low, high the smallest and largest value in the image
std::vector<std::uint8_t> make_table(const DicomFile& file, const PixelFormat& format, DicomRule rule, std::int64_t low,
                                     std::int64_t high) {
  const auto window = rule == DicomRule::kWindow ? read_voi(file) : VoiTransform();
  const double slope = file.real(DCM_RescaleSlope, 1), intercept = file.real(DCM_RescaleIntercept, 0);
  std::vector<std::uint8_t> table(static_cast<std::size_t>(format.codes()));
  for (std::int64_t code = 0; code < format.codes(); ++code) {
    const auto value = format.value(code);
    if (window) {
      table[code] = window(slope * static_cast<double>(value) + intercept);
    } else if (value >= low && value <= high) {
      // MIMIC-CXR-JPG's steps in their order: shift, divide, and an unsigned integer by truncation.
      table[code] = static_cast<std::uint8_t>(static_cast<double>(value - low) / static_cast<double>(high - low) * 255);
    }
  }
  return table;
}

} // namespace

at::Tensor read_dicom(const std::filesystem::path& path, DicomRule rule) {
  const DicomFile file(path);
  const auto format = read_format(file);
  const auto codes = read_codes(file, format);
  auto result = at::zeros({format.rows, format.columns}, at::kByte);
  const auto [low, high] = std::ranges::minmax(codes, {}, [&](std::uint16_t code) { return format.value(code); });
  if (low == high) return result;
  const auto table = make_table(file, format, rule, format.value(low), format.value(high));
  auto* out = result.data_ptr<std::uint8_t>();
  const std::uint8_t flip = format.is_inverted ? 0xff : 0; // 255 - y
  for (const auto code : codes) *out++ = table[code] ^ flip;
  if (rule == DicomRule::kEqualize) {
    cv::Mat image(static_cast<int>(format.rows), static_cast<int>(format.columns), CV_8UC1, result.data_ptr());
    cv::equalizeHist(image, image);
  }
  return result;
}

std::string dicom_view_position(const std::filesystem::path& path) { return DicomFile(path).text(DCM_ViewPosition); }

} // namespace cxr
