/// @file
/// The GPU that a test runs on, computing in whole float32.
#pragma once

#include <gtest/gtest.h>

#include "run/device.h"

namespace cxr::test {

class OnGpu : public testing::Test {
 protected:
  /// cuDNN and cuBLAS may sum in TF32 unless told not to.
  void SetUp() override {
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
  }
  at::Device gpu_ = open_device("cuda", 0); // throws where there is none: this binary is for machines that have one
};

} // namespace cxr::test
