/// @file
/// The content of the tensors in tests/fixtures/checkpoints (make_checkpoint_fixtures.py, ramp).
#pragma once

#include <torch/types.h>

namespace cxr::test {

/// Element i is i/2 - 3 (floating), i - 3 (signed), i (uint8), i odd (bool).
inline at::Tensor ramp(at::IntArrayRef shape, at::ScalarType dtype) {
  auto values = at::arange(c10::multiply_integers(shape), at::kDouble);
  if (at::isFloatingType(dtype)) {
    values = values / 2 - 3;
  } else if (dtype == at::kBool) {
    values = values.remainder(2);
  } else if (dtype != at::kByte) {
    values = values - 3;
  }
  return values.to(dtype).reshape(shape);
}

} // namespace cxr::test
