/// @file
/// Makes a loaded module one that can be trained.
#pragma once

#include <torch/nn/module.h>

#include "training/objective.h"

namespace cxr {

/// Gives every parameter float32 memory of its own (a loaded one may be a mapped file's) and lets autograd record it.
/// @return the parameters by their keys, in the order of registration
std::vector<TrainedParameter> make_trainable(torch::nn::Module& module);

/// Autograd counts neither the fused optimiser's writes nor a broadcast's, and by its count packed copies are renewed
/// (nn/onednn.h): to be called after each.
void count_changes(std::span<const TrainedParameter> parameters);

/// The parameters' values by name: the tensors themselves, detached.
StateDict values_of(std::span<const TrainedParameter> parameters);

} // namespace cxr
