/// @file
/// The one helper that compares tensors: says where and by how much two differ.
#pragma once

#include <torch/types.h>

#include <gtest/gtest.h>

namespace cxr::test {

/// Passes if shapes agree and max |actual - expected| ≤ tolerance × max(|expected|, floor).
/// @param tolerance relative to the largest magnitude in `expected`; 0 asks for equal bits
/// On failure it names the index, both values, and the largest and mean difference.
testing::AssertionResult close_to(const at::Tensor& actual, const at::Tensor& expected, double tolerance);

} // namespace cxr::test

/// EXPECT_CLOSE(actual, expected, 1e-5): see close_to.
#define EXPECT_CLOSE(actual, expected, tolerance) EXPECT_TRUE(::cxr::test::close_to(actual, expected, tolerance))
#define ASSERT_CLOSE(actual, expected, tolerance) ASSERT_TRUE(::cxr::test::close_to(actual, expected, tolerance))
