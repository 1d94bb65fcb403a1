/// @file
/// The value-of-interest window of a DICOM image: PS3.3, C.11.2.1.2 and C.11.2.1.3.
#pragma once

#include <cstdint>
#include <string>

namespace cxr {

struct DicomWindow {
  enum class Function { kLinear, kLinearExact, kSigmoid };
  Function function = Function::kLinear;
  double centre = 0;
  double width = 0; ///< at least 1 for kLinear, more than 0 for the others

  /// A modality value (after rescale slope and intercept) as 0 to 255, rounded.
  std::uint8_t operator()(double value) const;
};

/// VOILUTFunction's value as a function; an empty one means LINEAR. @throws InputError (file `name`) for an unknown one
DicomWindow::Function dicom_window_function(const std::string& value, const std::string& name);

} // namespace cxr
