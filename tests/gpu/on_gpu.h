/// @file
/// The GPU that a test runs on, computing in whole float32.
#pragma once

#include <gtest/gtest.h>

#include "core/error.h"
#include "run/device.h"

namespace cxr::test {

class OnGpu : public testing::Test {
 protected:
  /// cuDNN and cuBLAS may sum in TF32 unless told not to.
  void SetUp() override {
    try {
      gpu_ = open_device("cuda", 0);
    } catch (const InputError& error) {
      GTEST_SKIP() << "no GPU here: " << error.what(); // ctest shows the entry as skipped
    }
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
  }
  at::Device gpu_ = at::kCPU;
};

} // namespace cxr::test
