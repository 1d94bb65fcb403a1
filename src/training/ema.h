/// @file
/// The moving average of parameters (diffusers: EMAModel): decay min(decay, (1 + n) / (10 + n)) at the n-th update, from 0, the
/// first of which takes the parameters as they are.
#pragma once

#include "training/objective.h"

namespace cxr {

class Ema {
 public:
  /// Starts at the parameters' values. @param decay in (0, 1)
  Ema(const std::vector<TrainedParameter>& parameters, double decay);
  /// After the optimiser's step number `step` (from 0).
  void update(std::int64_t step);
  /// The averages by the parameters' names: the tensors themselves.
  const StateDict& values() const { return values_; }
  void load(const StateDict& values);

 private:
  const std::vector<TrainedParameter>& parameters_;
  double decay_;
  StateDict values_;
};

} // namespace cxr
