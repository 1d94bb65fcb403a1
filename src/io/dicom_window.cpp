#include "io/dicom_window.h"

#include <cmath>

#include "core/error.h"
#include "io/dicom_file.h"

namespace cxr {
namespace {

DicomWindow read_window(const DicomFile& file) {
  const DicomWindow window{dicom_window_function(file.text(DCM_VOILUTFunction), file.name()), file.real(DCM_WindowCenter, 0),
                           file.real(DCM_WindowWidth, 0)};
  const double narrowest = window.function == DicomWindow::Function::kLinear ? 1 : 1e-6;
  if (window.width < narrowest) {
    file.refuse(DCM_WindowWidth, fmt::format("at least {}", narrowest), fmt::format("{}", window.width));
  }
  return window;
}

// An element of LUTDescriptor, whose representation (US or SS) is the pixels'.
std::uint16_t descriptor(DcmItem& item, unsigned long position) {
  Uint16 value = 0;
  Sint16 signed_value = 0;
  if (item.findAndGetUint16(DCM_LUTDescriptor, value, position).good()) return value;
  item.findAndGetSint16(DCM_LUTDescriptor, signed_value, position);
  return static_cast<std::uint16_t>(signed_value);
}

DicomLut read_lut(const DicomFile& file, DcmItem& item) {
  const auto size = descriptor(item, 0) == 0 ? std::size_t{65536} : std::size_t{descriptor(item, 0)};
  const auto first = descriptor(item, 1);
  const bool is_signed = file.integer(DCM_PixelRepresentation) != 0;
  const Uint16* words = nullptr;
  unsigned long count = 0;
  item.findAndGetUint16Array(DCM_LUTData, words, &count);
  if (count < size) file.refuse(DCM_LUTData, fmt::format("{} words", size), fmt::format("{}", count));
  const int bits = descriptor(item, 2);
  if (bits < 8 || bits > 16) file.refuse(DCM_LUTDescriptor, "8 to 16 bits", fmt::format("{}", bits));
  return {is_signed ? static_cast<std::int16_t>(first) : std::int64_t{first}, {words, words + size}, bits};
}

} // namespace

std::uint8_t DicomWindow::operator()(double value) const {
  double y = 0; // 0 to 1 within the window
  switch (function) {
    // The first and the last of `width` integer values are black and white: hence the halves, and the width less one.
    case Function::kLinear: {
      const double shifted = value - (centre - 0.5);
      if (width > 1) {
        y = shifted / (width - 1) + 0.5;
      } else {
        y = shifted > 0 ? 1 : 0;
      }
      break;
    }
    case Function::kLinearExact:
      y = (value - centre) / width + 0.5;
      break;
    case Function::kSigmoid:
      y = 1 / (1 + std::exp(-4 * (value - centre) / width));
      break;
  }
  return static_cast<std::uint8_t>(std::lround(255 * std::clamp(y, 0.0, 1.0)));
}

std::uint8_t DicomLut::operator()(double value) const {
  const auto last = static_cast<std::int64_t>(entries.size()) - 1;
  const auto index = std::clamp<std::int64_t>(std::llround(value) - first, 0, last);
  const double highest = (1 << bits) - 1;
  return static_cast<std::uint8_t>(std::lround(255 * std::min(entries[static_cast<std::size_t>(index)] / highest, 1.0)));
}

VoiTransform read_voi(const DicomFile& file) {
  DcmItem* item = nullptr;
  if (file.data().findAndGetSequenceItem(DCM_VOILUTSequence, item, 0).good() && item) return read_lut(file, *item);
  if (file.has(DCM_WindowCenter) && file.has(DCM_WindowWidth)) return read_window(file);
  return nullptr;
}

DicomWindow::Function dicom_window_function(const std::string& value, const std::string& name) {
  if (value.empty() || value == "LINEAR") return DicomWindow::Function::kLinear;
  if (value == "LINEAR_EXACT") return DicomWindow::Function::kLinearExact;
  if (value == "SIGMOID") return DicomWindow::Function::kSigmoid;
  throw InputError(name, "VOILUTFunction", "LINEAR, LINEAR_EXACT or SIGMOID", value);
}

} // namespace cxr
