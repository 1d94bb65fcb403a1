/// @file
/// Checks that a backward gives each parameter its gradient, once.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/timing.h"

namespace torch::autograd {
struct Node;
} // namespace torch::autograd

namespace cxr {

/// A tensor that is trained: a leaf of autograd.
struct NamedParameter {
  std::string name; ///< for messages
  at::Tensor value;
};

/// Counts what autograd adds to the parameters' gradients: not what a backward inside of a backward computes for itself, as
/// activation checkpointing does.
class GradientArrivals {
 public:
  explicit GradientArrivals(std::vector<NamedParameter> parameters);
  ~GradientArrivals();
  GradientArrivals(const GradientArrivals&) = delete;
  GradientArrivals& operator=(const GradientArrivals&) = delete;

  /// A backward begins. A parameter that gets a second gradient before the next begin() makes that backward throw
  /// std::runtime_error with its name: whoever reads gradients as they arrive has taken the first for the whole.
  void begin();
  /// @throws std::runtime_error naming the first parameter that got no gradient since begin()
  void check_all_came() const;
  /// The parameters' numbers, in the order in which their gradients came since begin().
  const std::vector<std::int64_t>& order() const { return order_; }
  double seconds_since_last() const { return since_last_.seconds(); }

 private:
  struct Hook {
    std::shared_ptr<torch::autograd::Node> node; ///< which adds to a parameter's gradient; lives as long as someone holds it
    std::uintptr_t key;
  };

  void came(std::size_t parameter);
  std::string shown(std::size_t parameter) const;

  std::vector<NamedParameter> parameters_;
  std::vector<Hook> hooks_;
  std::vector<bool> has_come_;
  std::vector<std::int64_t> order_;
  Stopwatch since_last_;
};

} // namespace cxr
