/// @file
/// The training of a textual projection (Chambon et al. 2022, section 2.5): the projection alone is trained; both encoders are
/// frozen.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dist/communicator.h"
#include "experiments/projection_pairs.h"
#include "models/textual_projection.h"
#include "training/objective.h"
#include "training/projection_loss.h"

namespace cxr {

/// Prompts that are not trained on.
struct HeldOutPairs {
  std::string name; ///< "validation": the losses are then validation_loss and validation_loss_of_mean
  std::unique_ptr<ProjectionPairSource> pairs;
  double loss_of_mean =
      -1; ///< of telling of every prompt the mean of all (at token level of each place by itself); -1: not known yet
};

class ProjectionObjective final : public Objective {
 public:
  ProjectionObjective(TextualProjection projection, ProjectionLoss loss, std::unique_ptr<ProjectionPairSource> training,
                      std::vector<HeldOutPairs> held_out, Communicator& ranks);

  const std::vector<TrainedParameter>& parameters() const override { return parameters_; }
  std::int64_t samples() const override { return training_->size(); }
  std::string sample_name(std::int64_t sample) const override { return training_->name(sample); }
  at::Tensor losses(std::span<const Draw> draws) override;
  /// RUN/projection.safetensors.
  void write(const StateDict& values, const std::filesystem::path& run, const std::string& suffix) override;
  /// NAME_loss of each held-out set, and NAME_loss_of_mean: what no learning at all would have, the least of any constant in
  /// squared error. The ranks share the work.
  std::vector<std::pair<std::string, double>> validate(std::int64_t step, const std::filesystem::path& run) override;

 private:
  at::Tensor losses_of(const ProjectionPairs& pairs);

  TextualProjection projection_;
  ProjectionLoss loss_;
  std::vector<TrainedParameter> parameters_;
  std::unique_ptr<ProjectionPairSource> training_;
  std::vector<HeldOutPairs> held_out_;
  Communicator& ranks_;
};

} // namespace cxr
