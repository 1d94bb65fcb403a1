/// @file
/// The losses of a training as a picture.
#pragma once

#include <filesystem>
#include <span>

#include "training/loss_log.h"

namespace cxr {

/// The mean loss of the `window` steps up to each, or of those there are. @return [records.size()]
std::vector<double> running_mean(std::span<const StepRecord> records, std::size_t window);

/// Draws each step's loss and a running mean as `target`.png and .svg (io/gnuplot.h). No steps draw nothing.
/// @throws std::runtime_error where gnuplot is missing
void draw_loss_curve(std::span<const StepRecord> records, const std::filesystem::path& target);

} // namespace cxr
