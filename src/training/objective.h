/// @file
/// What is trained, and how wrong it is on given samples: the part of a training that differs from one experiment to another.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dist/gradient_arrivals.h"
#include "io/state_dict.h"

namespace cxr {

/// One use of one sample. Random numbers of a training are keyed by `number`, so that they depend on the seed, the step and the
/// sample, and never on the rank that does the work.
struct Draw {
  std::int64_t number; ///< place in the endless sequence of samples, epoch after epoch; no two draws of a run share it
  std::int64_t sample; ///< 0 … Objective::samples() - 1
  std::int64_t step;   ///< of the optimiser, from 0
};

/// A tensor that is trained, float32, a leaf of autograd in memory of its own (not a mapped file's), and the name that the written
/// file gives it.
using TrainedParameter = NamedParameter;

class Objective {
 public:
  virtual ~Objective() = default;

  /// What is trained, in an order that does not depend on the rank; everything else stays as it is.
  virtual const std::vector<TrainedParameter>& parameters() const = 0;
  virtual std::int64_t samples() const = 0;
  /// What a message calls a sample: an image's id, the start of a prompt.
  virtual std::string sample_name(std::int64_t sample) const = 0;
  /// The loss of each draw, with its graph. @param draws at least one  @return float32 [draws.size()]
  virtual at::Tensor losses(std::span<const Draw> draws) = 0;
  /// Writes what the training is for, whole or not at all, into the run's folder. Rank 0 only.
  /// @param values the parameters by name, or their moving average  @param suffix of the file's or folder's name: "", "_ema",
  ///   "-steps-500"
  virtual void write(const StateDict& values, const std::filesystem::path& run, const std::string& suffix) = 0;
  /// Numbers that tell how well it goes ("validation_loss", …), and pictures in the run's folder. All ranks call it at the same
  /// step.
  virtual std::vector<std::pair<std::string, double>> validate(std::int64_t step, const std::filesystem::path& run) {
    static_cast<void>(step), static_cast<void>(run);
    return {};
  }
};

} // namespace cxr
