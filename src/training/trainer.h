/// @file
/// The loop that trains any Objective, data-parallel over the ranks of a run, and never loses what it has done.
///
///     RunFolder folder(out, "train unet", configuration, ranks);
///     train(folder, objective, options, device);
///
/// What the run's folder holds then: the result (Objective::write), loss.csv (step, loss, learning rate, norm of the gradient: the
/// same bytes however often the run was cut off), loss.png, log.jsonl with times and rates, checkpoints/.
#pragma once

#include "run/run_folder.h"
#include "training/objective.h"
#include "training/trainer_options.h"

namespace cxr {

/// @throws InputError for a batch smaller than the number of ranks. For those who do long work before train(), which checks it too.
void check_batch_size(const TrainerOptions& options, const Communicator& ranks);

/// Trains from the newest whole checkpoint, or from the beginning, to options.steps; does nothing for a run that is there already.
/// A signal saves a checkpoint after the step at hand and throws Interrupted on every rank.
/// @throws InputError for a batch smaller than the number of ranks, and for fewer steps than the run has done
/// @throws std::runtime_error naming step and samples where a loss or gradient is not finite; the last checkpoint stays
void train(RunFolder& folder, Objective& objective, const TrainerOptions& options, at::Device device);

} // namespace cxr
