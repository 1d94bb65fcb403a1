/// @file
/// The options that every `cxr train` command shares.
#pragma once

#include <cstdint>

#include <CLI/CLI.hpp>

#include "training/adamw.h"
#include "training/lr_schedule.h"

namespace cxr {

struct TrainerOptions {
  std::int64_t steps = 400;      ///< of the optimiser, in all
  std::int64_t batch_size = 1;   ///< samples of a step, on all ranks together
  std::int64_t accumulation = 1; ///< pieces that a rank cuts its part of a batch into, for less memory
  std::uint64_t seed = 0;
  LrScheduleOptions schedule;
  AdamWOptions optimizer;
  double max_grad_norm = 1;            ///< 0: gradients are not clipped
  double ema_decay = 0;                ///< 0: no moving average
  bool shard_optimizer = false;        ///< each rank keeps and updates a part of the optimiser's state
  std::int64_t checkpoint_every = 100; ///< steps
  std::int64_t keep_checkpoints = 2;   ///< how many stay
  std::int64_t validate_every = 0;     ///< steps; 0: only at the end
  std::int64_t write_every = 0;        ///< steps between copies of the result so far; 0: none
  double timeout = 600;                ///< seconds that a step may take before a hung rank is assumed
};

/// Declares them with the values of `options` as defaults. Those that do not change the weights go to the group "Execution":
/// --steps among them, so that a run can go on beyond its end.
void add_trainer_options(CLI::App& app, TrainerOptions& options);

} // namespace cxr
