/// @file
/// What two runs of a command differ in.
#pragma once

#include <filesystem>
#include <string>

#include "combinations/option_table.h"

namespace cxr::combinations {

/// Where a run left its result: a folder with out (a run's folder, a file, a folder, or nothing), stdout and stderr.
using RunPlace = std::filesystem::path;

/// How far a training's losses and gradient norms may be from those of one rank, as a share of their own size: sums over the batch
/// are cut in other places, and float32 rounds each to 6e-8; some hundred of them lie between a weight and its gradient.
inline constexpr double kFloat32Bound = 1e-5;

/// What the same command on other ranks gave otherwise, in words; empty where it is the same: a training within `bound` at every
/// step, everything else to the byte.
std::string difference(const CommandTable& table, const RunPlace& one, const RunPlace& other, double bound);

/// How far a device may be from the processor, of the largest number or of a loss: other kernels add in another order. In 8 or 11
/// bits of mantissa (bfloat16, float16) each product is rounded to 0.4 % or 0.05 %, and some hundred layers follow each other:
/// guided latents in bfloat16 are 0.05 from those in float32 on the processor, whose layers are fused, 0.09 on a device, whose are
/// not, and 0.09 apart.
inline constexpr double kDeviceBound = 1e-3, kHalfDeviceBound = 0.15;

/// What the same command on another device gave otherwise than on the processor: losses, printed numbers and data within `bound`
/// (of data the largest difference, pixels at least one of 255; beyond kDeviceBound the Euclidean norm of all differences).
std::string difference_on_device(const CommandTable& table, const RunPlace& processor, const RunPlace& device, double bound);

/// What a run that was cut off and went on has otherwise than the undisturbed one: of a training no byte of the losses, of what it
/// is for and of its last checkpoint; else of no file but the log.
std::string difference_of_resumed(const CommandTable& table, const RunPlace& undisturbed, const RunPlace& resumed);

/// Whether `other` differs from the plain run as `change` says:
///   loss, rate        a training's losses or gradient norms; its learning rates
///   product           what a training is for: the files beside its log and checkpoints
///   data              datasets of results.h5 or of the file that was made
///   files             names of files
///   printed, said     lines on standard output; on standard error
///   rounding          nothing but the last bits (of losses: kFloat32Bound; of data: a thousandth of the largest)
///   nothing           no byte of losses and data
bool has_change(const CommandTable& table, const std::string& change, const RunPlace& plain, const RunPlace& other);

} // namespace cxr::combinations
