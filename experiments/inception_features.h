/// @file
/// Inception features of a set of images, as `cxr features` stores them and `cxr fid` compares them.
#pragma once

#include "data/image_set.h"
#include "dist/shard_plan.h"
#include "models/inception_v3.h"
#include "models/model_input.h"

namespace cxr {

/// What stands for Inception weights where none are given: `--model random`.
inline constexpr const char* kRandomWeights = "random";

/// The network, from a file or folder, or with random weights (seed 0) for kRandomWeights.
InceptionV3 open_inception(const std::filesystem::path& model, at::ScalarType dtype, at::Device device);

/// "features_2048"
std::string features_dataset(std::int64_t tap);

/// "random" or "given": how results say whose weights made them.
const char* weights_kind(bool random);

/// Inputs of a batch's images, each of its own size. @return float32 [batch.count,3,299,299]
at::Tensor inception_inputs(const ImageSet& images, Batch batch, FidResize rule);

/// Checks `--taps` against kInceptionTaps. @throws InputError
void check_taps(const std::vector<std::int64_t>& taps);

} // namespace cxr
