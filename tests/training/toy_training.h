/// @file
/// A training whose losses need no model: a line fitted to noisy points.
#pragma once

#include <functional>
#include <limits>

#include "core/rng.h"
#include "io/safetensors.h"
#include "support/file_bytes.h"
#include "training/trainer.h"

namespace cxr::test {

inline constexpr std::int64_t kToySamples = 11;

class ToyObjective final : public Objective {
 public:
  /// @param before is called with the draws of each piece of a step  @param bad whose loss is not a number; -1: none's
  explicit ToyObjective(std::function<void(std::span<const Draw>)> before = {}, std::int64_t bad = -1)
      : before_(std::move(before)), bad_(bad) {}

  std::function<void(const std::string& suffix)> before_write = [](const std::string&) {};

  const std::vector<TrainedParameter>& parameters() const override { return parameters_; }
  std::int64_t samples() const override { return kToySamples; }
  std::string sample_name(std::int64_t sample) const override { return fmt::format("point {}", sample); }

  at::Tensor losses(std::span<const Draw> draws) override {
    if (before_) before_(draws);
    std::vector<at::Tensor> losses;
    for (const auto& draw : draws) {
      rng::Generator point(1, rng::Stream::kPhantom, static_cast<std::uint64_t>(draw.sample));
      rng::Generator noise(1, rng::Stream::kTrainingNoise, static_cast<std::uint64_t>(draw.number));
      const auto x = at::tensor({point.normal(), point.normal(), point.normal()}, at::kFloat);
      const auto y = 2 * x.sum() + 0.1 * noise.normal();
      const auto loss = ((slope_ * x).sum() * scale_ + bias_ - y).square().sum();
      losses.push_back(draw.sample == bad_ ? loss * std::numeric_limits<float>::quiet_NaN() : loss);
    }
    return at::stack(losses);
  }

  void write(const StateDict& values, const std::filesystem::path& run, const std::string& suffix) override {
    before_write(suffix);
    write_safetensors(run / ("line" + suffix + ".safetensors"), values);
  }
  std::vector<std::pair<std::string, double>> validate(std::int64_t, const std::filesystem::path&) override {
    return {{"validation_loss", (slope_.detach() * scale_.detach() - 2).square().sum().item<double>()}};
  }

 private:
  std::function<void(std::span<const Draw>)> before_;
  std::int64_t bad_;
  at::Tensor slope_ = at::zeros(3).requires_grad_(true), scale_ = at::ones(1).requires_grad_(true),
             bias_ = at::zeros(1).requires_grad_(true);
  std::vector<TrainedParameter> parameters_ = {{"slope", slope_}, {"scale", scale_}, {"bias", bias_}};
};

/// 20 steps of 4 samples, with everything that a training can have.
inline TrainerOptions toy_options() {
  TrainerOptions options;
  options.steps = 20;
  options.batch_size = 4;
  options.schedule = {.learning_rate = 0.1, .schedule = "constant", .warmup_steps = 3};
  options.ema_decay = 0.9;
  options.checkpoint_every = 3;
  options.timeout = 60;
  return options;
}

inline void train_toy(const std::filesystem::path& run, Communicator& ranks, const TrainerOptions& options,
                      ToyObjective objective) {
  RunFolder folder(run, "train toy", "seed = 0\n", ranks);
  train(folder, objective, options, at::kCPU);
}

/// The files of a training that was finished, which do not tell whether it was cut off. The last checkpoint holds all of its state.
inline std::map<std::string, std::string> toy_results(const std::filesystem::path& run) {
  std::map<std::string, std::string> files;
  for (const auto* name : {"line.safetensors", "line_ema.safetensors", "loss.csv", "training.json",
                           "checkpoints/step-00000020/rank-0000.safetensors", "checkpoints/step-00000020/manifest.json"}) {
    files[name] = file_bytes(run / name);
  }
  return files;
}

} // namespace cxr::test
