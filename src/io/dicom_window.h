/// @file
/// What a DICOM image's values of interest become on a display: its window or its table. PS3.3, C.11.2.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cxr {

struct DicomWindow {
  enum class Function { kLinear, kLinearExact, kSigmoid };
  Function function = Function::kLinear;
  double centre = 0;
  double width = 0; ///< at least 1 for kLinear, more than 0 for the others

  /// A modality value (after rescale slope and intercept) as 0 to 255, rounded.
  std::uint8_t operator()(double value) const;
};

/// A table of a VOI LUT Sequence.
struct DicomLut {
  std::int64_t first = 0; ///< the value that the first entry stands for; values beyond either end take the nearest entry
  std::vector<std::uint16_t> entries; ///< at least one
  int bits = 16;                      ///< of an entry

  std::uint8_t operator()(double value) const;
};

class DicomFile;
/// A modality value as 0 to 255.
using VoiTransform = std::function<std::uint8_t(double)>;

/// The file's first VOI table, else its first window, else nothing. @throws InputError for one that is malformed
VoiTransform read_voi(const DicomFile& file);

/// VOILUTFunction's value as a function; an empty one means LINEAR. @throws InputError (file `name`) for an unknown one
DicomWindow::Function dicom_window_function(const std::string& value, const std::string& name);

} // namespace cxr
