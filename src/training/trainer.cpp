#include "training/trainer.h"

#include <cmath>
#include <deque>
#include <optional>

#include <ATen/Parallel.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/signals.h"
#include "core/timing.h"
#include "diffusion/out_of_memory.h"
#include "dist/data_parallel.h"
#include "dist/mpi_session.h"
#include "dist/watchdog.h"
#include "io/json.h"
#include "nn/transfer.h"
#include "training/checkpoints.h"
#include "training/ema.h"
#include "training/loss_curve.h"
#include "training/loss_log.h"
#include "training/sample_order.h"
#include "training/shared_block.h"
#include "training/trainable.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

constexpr double kLogInterval = 1; // s between lines of log.jsonl
constexpr std::string_view kTrainingAdvice =
    "raise --accumulation or lower --batch-size, or take --gradient-checkpointing (of a U-Net) or --dtype bfloat16; what the last "
    "checkpoint has is kept";
constexpr int kLongStretch = 10; // timeouts that a checkpoint, a validation or a result may take

const std::vector<TrainedParameter>& in_one_block(const std::vector<TrainedParameter>& parameters) {
  std::vector<at::Tensor> values;
  for (const auto& parameter : parameters) values.push_back(parameter.value);
  share_block(values);
  return parameters;
}

std::vector<TrainedParameter> owned_by(int rank, std::span<const TrainedParameter> parameters, const std::vector<int>& owners) {
  std::vector<TrainedParameter> mine;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (owners.empty() || owners[i] == rank) mine.push_back(parameters[i]);
  }
  return mine;
}

void add_prefixed(StateDict& to, const std::string& prefix, const StateDict& from) {
  for (const auto& [name, tensor] : from) to.emplace(prefix + name, tensor);
}

StateDict without_prefix(const StateDict& state, const std::string& prefix) {
  StateDict found;
  for (auto it = state.lower_bound(prefix); it != state.end() && it->first.starts_with(prefix); ++it) {
    found.emplace(it->first.substr(prefix.size()), it->second);
  }
  return found;
}

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(1e3 * seconds));
}

/// A step that the device was given, and what the host will know of it.
struct StepAtWork {
  std::int64_t step;
  std::vector<Draw> draws;  ///< this rank's
  bool has_signal;          ///< this rank's, when the step was given
  nn::Download losses_norm; ///< float32 [draws + 1]: the loss of each, then the gradient norm
};

/// What all ranks know of a step.
struct StepOutcome {
  double loss, grad_norm;
  bool is_finite, has_signal;
};

class Training {
 public:
  Training(RunFolder& folder, Objective& objective, const TrainerOptions& options, at::Device device)
      : folder_(folder),
        ranks_(folder.ranks()),
        objective_(objective),
        options_(options),
        parameters_(in_one_block(objective.parameters())),
        order_(objective.samples(), options.batch_size, options.seed),
        checkpoints_(folder.path() / "checkpoints", folder.identity(), options.keep_checkpoints, ranks_),
        group_(open_process_group(ranks_, device, milliseconds(options.timeout))),
        data_parallel_(parameters_, group_),
        owners_(options.shard_optimizer ? optimizer_owners(parameters_, ranks_.size()) : std::vector<int>()),
        optimizer_(owned_by(ranks_.rank(), parameters_, owners_), options.optimizer),
        most_at_work_(device.is_cpu() ? 0 : 1) {
    if (options.ema_decay > 0) ema_.emplace(parameters_, options.ema_decay);
    if (ranks_.size() == 1) return;
    watchdog_.emplace(milliseconds(options.timeout));
    MpiSession::lower_silence(milliseconds(options.timeout));
  }

  void run();

 private:
  void resume();
  StepAtWork compute(std::int64_t step);
  void update(std::int64_t step);
  void settle(std::size_t left_at_work = 0);
  void record(std::int64_t step, const StepOutcome& outcome);
  void show(std::int64_t done);
  void save(std::int64_t done);
  void validate(std::int64_t done);
  void draw_curve() const;
  void write_result(const std::string& suffix);
  [[noreturn]] void refuse(const StepAtWork& work, const StepOutcome& outcome, std::span<const float> losses);
  void finish();

  fs::path summary_file() const { return folder_.path() / "training.json"; }
  double rate_of(std::int64_t step) const { return learning_rate(options_.schedule, step, options_.steps); }
  bool is_due(std::int64_t every, std::int64_t done) const { return every > 0 && done % every == 0 && done < options_.steps; }
  void expect(std::int64_t step) {
    if (watchdog_) watchdog_->feed(fmt::format("step {}", step + 1));
  }
  void expect_long(const char* what) {
    if (watchdog_) watchdog_->feed(what, kLongStretch);
  }

  RunFolder& folder_;
  Communicator& ranks_;
  Objective& objective_;
  const TrainerOptions& options_;
  const std::vector<TrainedParameter>& parameters_;
  SampleOrder order_;
  Checkpoints checkpoints_;
  ProcessGroup group_;
  DataParallel data_parallel_;
  std::vector<int> owners_; ///< of each parameter's optimiser state; empty: every rank keeps all
  AdamW optimizer_;
  std::optional<Ema> ema_;
  std::optional<Watchdog> watchdog_;
  std::string losses_digest_;     ///< of the loss.csv that belongs to the checkpoint
  std::optional<LossLog> losses_; ///< rank 0's
  std::optional<Progress> progress_;
  std::size_t most_at_work_; ///< steps that a GPU may be given before the host looks at the one before them
  std::deque<StepAtWork> at_work_;
  bool has_signal_ = false; ///< one of the ranks was sent a signal
  std::int64_t begin_ = 0;  ///< steps that were done before this launch
  Stopwatch clock_, since_line_;
};

void Training::run() {
  expect_long("the start");
  resume();
  if (ranks_.is_root()) losses_.emplace(folder_.path() / "loss.csv", begin_, losses_digest_);
  if (ranks_.is_root() && begin_ < options_.steps) fs::remove(summary_file()); // of an end that this launch goes beyond
  progress_.emplace("train", "steps", options_.steps, begin_, ranks_.is_root());
  folder_.log("start", {{"ranks", ranks_.size()}, {"step", begin_}, {"steps", options_.steps}});
  if (begin_ > 0) show(begin_); // whatever ended the last launch may have come in between
  for (auto step = begin_; step < options_.steps; ++step) {
    expect(step);
    with_memory_advice(fmt::format("step {}", step + 1), kTrainingAdvice, [&] {
      at_work_.push_back(compute(step));
      update(step);
    });
    const bool goes_on = step + 1 < options_.steps, is_saved = is_due(options_.checkpoint_every, step + 1);
    const bool is_looked_at = is_saved || is_due(options_.write_every, step + 1) || is_due(options_.validate_every, step + 1);
    settle(is_looked_at ? 0 : most_at_work_);
    const bool is_ended = has_signal_ && goes_on;
    if (is_ended || is_saved) save(step + 1);
    if (is_ended) {
      const auto signal = static_cast<int>(ranks_.all_reduce_max(signals::received()));
      folder_.log("interrupted", {{"signal", signal}, {"step", step + 1}});
      throw Interrupted(signal);
    }
    show(step + 1);
  }
  settle();
  finish();
}

void Training::resume() {
  const auto checkpoint = checkpoints_.newest();
  if (!checkpoint) return;
  begin_ = checkpoint->step;
  losses_digest_ = checkpoint->facts.value("losses", std::string());
  if (begin_ > options_.steps) {
    throw InputError("--steps", "", fmt::format("at least {}, the steps that this run has done", begin_),
                     fmt::format("{}", options_.steps));
  }
  const auto laid_out = checkpoint->facts.value("schedule_steps", options_.steps);
  if (options_.schedule.schedule != "constant" && laid_out != options_.steps) {
    throw InputError("--steps", "", fmt::format("{}, over which this run's learning rate falls", laid_out),
                     fmt::format("{}", options_.steps));
  }
  const auto values = without_prefix(checkpoint->tensors, "model.");
  for (const auto& parameter : parameters_) {
    const auto found = values.find(parameter.name);
    expects(found != values.end(), "checkpoint of step {}: no {}", begin_, parameter.name);
    parameter.value.detach().copy_(found->second);
  }
  optimizer_.load(checkpoint->tensors, begin_);
  if (ema_) ema_->load(without_prefix(checkpoint->tensors, "ema."));
  if (begin_ < options_.steps) log::info("{}: goes on from step {} of {}", folder_.path().string(), begin_, options_.steps);
}

// The gradient of the mean loss over the whole batch, on every rank, however it is cut over ranks and pieces. Nothing here waits
// for a GPU: it has the next step to do while the host looks at this one.
StepAtWork Training::compute(std::int64_t step) {
  data_parallel_.zero_grad();
  auto draws = order_.draws(step, ranks_.rank(), ranks_.size());
  const auto mine = static_cast<std::int64_t>(draws.size()), pieces = std::min(options_.accumulation, mine);
  // c10d averages over the ranks; a piece counts by its samples.
  const double scale = static_cast<double>(ranks_.size()) / static_cast<double>(options_.batch_size);
  std::vector<at::Tensor> losses;
  for (std::int64_t piece = 0; piece < pieces; ++piece) {
    const auto from = mine * piece / pieces, to = mine * (piece + 1) / pieces;
    const auto loss = objective_.losses(std::span(draws).subspan(from, to - from)); // [to - from]
    data_parallel_.backward(loss.sum() * scale, piece + 1 == pieces);
    losses.push_back(loss.detach().to(at::kFloat));
  }
  // Rank 0's norm: the others' may differ in the last bit (they have other threads), and weights must not drift apart.
  auto norm = ranks_.is_root() ? grad_norm(parameters_) : at::zeros({}, losses.front().options());
  broadcast_(group_, norm);
  shorten_gradients(parameters_, norm, options_.max_grad_norm);
  losses.push_back(norm.view(1));
  return {step, std::move(draws), signals::received() != 0, nn::Download(at::cat(losses))};
}

void Training::update(std::int64_t step) {
  optimizer_.step(rate_of(step));
  if (!owners_.empty()) data_parallel_.broadcast_from(owners_);
  count_changes(parameters_);
  if (ema_) ema_->update(step);
}

// What came of the steps that the device was given, but for the last few. A step that is not finite ends the training here, before
// anything of it, or of what came after it, is written.
void Training::settle(std::size_t left_at_work) {
  for (; at_work_.size() > left_at_work; at_work_.pop_front()) {
    auto& work = at_work_.front();
    const auto& values = work.losses_norm.values();
    const std::span<const float> losses(values.const_data_ptr<float>(), work.draws.size());
    double sum = 0, wrong = 0;
    for (const auto loss : losses) sum += loss, wrong += std::isfinite(loss) ? 0 : 1;
    const auto shared = ranks_.all_reduce_sum({sum, wrong, work.has_signal ? 1. : 0.});
    const double norm = values.const_data_ptr<float>()[work.draws.size()];
    const StepOutcome outcome{.loss = shared[0] / static_cast<double>(options_.batch_size),
                              .grad_norm = norm,
                              .is_finite = shared[1] == 0 && std::isfinite(norm),
                              .has_signal = shared[2] > 0};
    if (!outcome.is_finite) refuse(work, outcome, losses);
    has_signal_ = has_signal_ || outcome.has_signal;
    record(work.step, outcome);
  }
}

void Training::record(std::int64_t step, const StepOutcome& outcome) {
  if (!ranks_.is_root()) return;
  losses_->add({step + 1, outcome.loss, rate_of(step), outcome.grad_norm});
  const auto done = step + 1 - begin_;
  const double samples_per_second = static_cast<double>(done * options_.batch_size) / std::max(clock_.seconds(), 1e-9);
  progress_->note(fmt::format("loss {:.4g}, {:.3g} samples/s", outcome.loss, samples_per_second));
  progress_->update(step + 1);
  if (since_line_.seconds() < kLogInterval && step + 1 < options_.steps) return;
  since_line_.restart();
  const auto reduced = data_parallel_.last_step();
  folder_.log("step", {{"step", step + 1},
                       {"loss", outcome.loss},
                       {"learning_rate", rate_of(step)},
                       {"grad_norm", outcome.grad_norm},
                       {"samples_per_second", samples_per_second},
                       {"reduced_bytes", reduced.bytes},
                       {"reduction_seconds_exposed", reduced.exposed}});
}

// What is due after a step and needs no more than its checkpoint: it comes behind that, and a launch that goes on from there does
// it again.
void Training::show(std::int64_t done) {
  if (is_due(options_.write_every, done)) write_result(fmt::format("-steps-{}", done));
  if (is_due(options_.validate_every, done)) validate(done);
}

void Training::save(std::int64_t done) {
  expect_long("a checkpoint");
  if (losses_) losses_->sync();
  StateDict mine;
  if (ranks_.is_root()) {
    add_prefixed(mine, "model.", values_of(parameters_));
    if (ema_) add_prefixed(mine, "ema.", ema_->values());
  }
  if (ranks_.is_root() || !owners_.empty()) mine.merge(optimizer_.state());
  const auto losses = losses_ ? losses_->digest() : "";
  checkpoints_.save(done, {{"schedule_steps", options_.steps}, {"ranks", ranks_.size()}, {"losses", losses}}, mine);
  folder_.log("checkpoint", {{"step", done}});
}

void Training::validate(std::int64_t done) {
  expect_long("a validation");
  auto fields = nlohmann::json{{"step", done}};
  for (const auto& [name, value] : objective_.validate(done, folder_.path())) {
    fields[name] = value;
    log::info("step {}: {} {:.5g}", done, name, value);
  }
  folder_.log("validation", fields);
  if (ranks_.is_root()) draw_curve();
  ranks_.barrier(); // here the others may wait long; in a step they may not
}

void Training::draw_curve() const {
  try {
    draw_loss_curve(read_loss_log(folder_.path() / "loss.csv"), folder_.path() / "loss");
  } catch (const std::exception& error) { // a picture never costs a training
    log::warn("no loss curve: {}", error.what());
  }
}

void Training::write_result(const std::string& suffix) {
  expect_long("the result");
  if (ranks_.is_root()) {
    objective_.write(values_of(parameters_), folder_.path(), suffix);
    if (ema_) objective_.write(ema_->values(), folder_.path(), "_ema" + suffix);
  }
  ranks_.barrier();
}

void Training::refuse(const StepAtWork& work, const StepOutcome& outcome, std::span<const float> losses) {
  std::string mine;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    if (!std::isfinite(outcome.loss) && std::isfinite(losses[i])) continue;
    mine += fmt::format("{}{}", mine.empty() ? "" : ", ", objective_.sample_name(work.draws[i].sample));
  }
  std::string samples;
  for (const auto& names : ranks_.all_gather(mine)) samples += (samples.empty() || names.empty() ? "" : ", ") + names;
  throw std::runtime_error(fmt::format("step {}: loss {}, gradient norm {}: not finite, for {}; the last checkpoint stays",
                                       work.step + 1, outcome.loss, outcome.grad_norm, samples));
}

// The last checkpoint comes first: whatever ends the process while the result is written costs no step.
void Training::finish() {
  if (begin_ < options_.steps) {
    progress_.reset();
    save(options_.steps);
  } else if (fs::exists(summary_file())) {
    log::info("{}: this training is finished", folder_.path().string());
    return;
  }
  write_result("");
  validate(options_.steps);
  folder_.log("finished", {{"steps", options_.steps}, {"seconds", clock_.seconds()}});
  if (!ranks_.is_root()) return;
  const auto last = read_loss_log(folder_.path() / "loss.csv").back();
  const nlohmann::ordered_json summary = {{"steps", options_.steps}, {"batch_size", options_.batch_size}, {"loss", last.loss}};
  write_file_atomically(summary_file(), summary.dump(2) + "\n");
}

} // namespace

void check_batch_size(const TrainerOptions& options, const Communicator& ranks) {
  if (options.batch_size >= ranks.size()) return;
  throw InputError("--batch-size", "", fmt::format("at least {}, a sample a rank", ranks.size()),
                   fmt::format("{}", options.batch_size));
}

void train(RunFolder& folder, Objective& objective, const TrainerOptions& options, at::Device device) {
  check_batch_size(options, folder.ranks());
  // As many threads on every rank: how a kernel cuts its work may decide the last bit.
  at::set_num_threads(static_cast<int>(-folder.ranks().all_reduce_max(-at::get_num_threads())));
  Training(folder, objective, options, device).run();
}

} // namespace cxr
