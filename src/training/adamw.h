/// @file
/// AdamW (Loshchilov and Hutter 2019) as torch.optim.AdamW computes it, in one fused pass over memory (at::_fused_adamw_).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "training/objective.h"

namespace cxr {

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 1e-2;
  /// Decay matrices and convolutions only, not biases and norms (tensors of one axis); else all, as diffusers' scripts do.
  bool decay_weights_only = false;
};

class AdamW {
 public:
  /// @param parameters those that this optimiser updates: with sharded state a part of what is trained
  AdamW(std::vector<TrainedParameter> parameters, AdamWOptions options);

  /// Updates the parameters by their gradients. @throws LogicError for a parameter without one
  void step(double learning_rate);

  /// "exp_avg.NAME" and "exp_avg_sq.NAME" of each parameter: the tensors themselves, not copies.
  StateDict state() const;
  /// Takes the state of its parameters from `state`, which may hold others'. @param steps how often they had been updated
  void load(const StateDict& state, std::int64_t steps);

 private:
  struct Group {
    double weight_decay = 0;
    std::vector<at::Tensor> values, exp_avgs, exp_avg_sqs, steps; ///< steps: `steps_`, once for each
    std::vector<std::string> names;
  };
  std::vector<Group> groups_;
  AdamWOptions options_;
  at::Tensor steps_; ///< float32 []: how often the parameters were updated; undefined where there are none
};

/// Which rank updates which parameter where the state is sharded: whole parameters, the largest first, each to the rank that has
/// least. @return [parameters.size()], a rank each
std::vector<int> optimizer_owners(std::span<const TrainedParameter> parameters, int ranks);

/// The gradients' Euclidean norm, over all parameters. @return float32 [], on their device, which the host does not wait for
at::Tensor grad_norm(std::span<const TrainedParameter> parameters);

/// Multiplies the gradients so that their norm is at most `max_norm` (with grad_norm(): torch.nn.utils.clip_grad_norm_).
/// @param norm theirs, on their device  @param max_norm 0: nothing is changed
void shorten_gradients(std::span<const TrainedParameter> parameters, const at::Tensor& norm, double max_norm);

} // namespace cxr
