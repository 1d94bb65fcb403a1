#include "io/dicom_window.h"

#include <cmath>

#include "core/error.h"

namespace cxr {

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
    case Function::kLinearExact: y = (value - centre) / width + 0.5; break;
    case Function::kSigmoid: y = 1 / (1 + std::exp(-4 * (value - centre) / width)); break;
  }
  return static_cast<std::uint8_t>(std::lround(255 * std::clamp(y, 0.0, 1.0)));
}

DicomWindow::Function dicom_window_function(const std::string& value, const std::string& name) {
  if (value.empty() || value == "LINEAR") return DicomWindow::Function::kLinear;
  if (value == "LINEAR_EXACT") return DicomWindow::Function::kLinearExact;
  if (value == "SIGMOID") return DicomWindow::Function::kSigmoid;
  throw InputError(name, "VOILUTFunction", "LINEAR, LINEAR_EXACT or SIGMOID", value);
}

} // namespace cxr
