#include "training/trainer_options.h"

#include "core/options.h"

namespace cxr {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 40;

void add_optimizer_options(CLI::App& app, TrainerOptions& o) {
  app.add_option("--learning-rate", o.schedule.learning_rate, "of AdamW, after the warm-up")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--lr-schedule", o.schedule.schedule, "the learning rate after the warm-up: as it is, or falling to 0 at --steps")
      ->check(CLI::IsMember({"constant", "linear", "cosine"}))
      ->capture_default_str();
  app.add_option("--warmup-steps", o.schedule.warmup_steps, "steps in which the learning rate rises from 0")
      ->check(CLI::Range(std::int64_t{0}, kMost))
      ->capture_default_str();
  app.add_option("--beta1", o.optimizer.beta1, "decay of the first moment")->check(CLI::Range(0., 1.))->capture_default_str();
  app.add_option("--beta2", o.optimizer.beta2, "decay of the second moment")->check(CLI::Range(0., 1.))->capture_default_str();
  app.add_option("--eps", o.optimizer.eps, "added to the root of the second moment")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--weight-decay", o.optimizer.weight_decay, "decoupled from the gradient")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--decay-weights-only", o.optimizer.decay_weights_only, "no decay of biases and norms");
  app.add_option("--max-grad-norm", o.max_grad_norm, "longer gradients are shortened to this norm; 0: never")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--ema-decay", o.ema_decay, "of a moving average of the weights, written beside them; 0: none")
      ->check(CLI::Range(0., 0.999999))
      ->capture_default_str();
}

void add_batch_options(CLI::App& app, TrainerOptions& o) {
  app.add_option("--batch-size", o.batch_size, "samples of a step, on all ranks together")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--accumulation", o.accumulation, "pieces that a rank's part of a batch is cut into, for less memory")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--seed", o.seed, "of order, noise, timesteps and whatever else is drawn")->capture_default_str();
}

void add_running_options(CLI::App& app, TrainerOptions& o) {
  const auto add = [&](const char* name, std::int64_t& value, std::int64_t least, const char* text) {
    app.add_option(name, value, text)->check(CLI::Range(least, kMost))->capture_default_str()->group(kExecutionGroup);
  };
  add("--steps", o.steps, 1, "steps of the optimiser, in all: more than a run has done let it go on");
  add("--checkpoint-every", o.checkpoint_every, 1, "steps between checkpoints");
  add("--keep-checkpoints", o.keep_checkpoints, 1, "how many stay");
  add("--validate-every", o.validate_every, 0, "steps between validations; 0: at the end only");
  add("--write-every", o.write_every, 0, "steps between copies of the result so far; 0: at the end only");
  app.add_flag("--shard-optimizer", o.shard_optimizer, "each rank keeps a part of the optimiser's state")->group(kExecutionGroup);
  app.add_option("--timeout", o.timeout,
                 "seconds that a step may take before a rank is taken for dead; a checkpoint may take ten times as long")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group(kExecutionGroup);
}

} // namespace

void add_trainer_options(CLI::App& app, TrainerOptions& options) {
  add_batch_options(app, options);
  add_optimizer_options(app, options);
  add_running_options(app, options);
}

} // namespace cxr
