/// @file
/// The Inception network of `cxr features` and `cxr fid`, and how its features are called in files.
#pragma once

#include <filesystem>

#include "models/inception_v3.h"

namespace cxr {

/// What stands for Inception weights where none are given: `--model random`.
inline constexpr const char* kRandomWeights = "random";

/// The network, from a file or folder, or with random weights (seed 0) for kRandomWeights. @param taps that features are asked at
InceptionV3 open_inception(const std::filesystem::path& model, const std::vector<std::int64_t>& taps, at::ScalarType dtype,
                           at::Device device);

/// "features_2048"
std::string features_dataset(std::int64_t tap);

/// "random" or "given": how results say whose weights made them.
const char* weights_kind(bool random);

/// Checks `--taps` against kInceptionTaps. @throws InputError
void check_taps(const std::vector<std::int64_t>& taps);

} // namespace cxr
