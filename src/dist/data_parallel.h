/// @file
/// Gradients averaged over the ranks while backward still runs: PyTorch DDP's own bucketing (c10d::Reducer).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "dist/gradient_arrivals.h"
#include "dist/process_group.h"

namespace cxr {

/// What a step's reduction moved and what of it backward did not hide.
struct ReductionStats {
  std::int64_t bytes = 0; ///< handed to all-reduce by this rank
  double exposed = 0; ///< seconds from the last gradient of this rank's own backward to the end of the last reduction (on a GPU:
                      ///< as the host sees it, which runs ahead)
};

/// The gradients live in the buckets that are reduced: there is no second copy of them. Buckets are laid out once, in the order in
/// which the first step's gradients arrive. All ranks call each method in the same order.
class DataParallel {
 public:
  /// Broadcasts rank 0's values to all ranks. @param parameters leaves that need gradients, the same on every rank, dense, of one
  /// type and on the group's device  @param group null: one rank, and nothing is moved
  /// @throws std::runtime_error if the ranks' parameters differ in number or shape
  DataParallel(std::vector<NamedParameter> parameters, ProcessGroup group);
  ~DataParallel();
  DataParallel(const DataParallel&) = delete;
  DataParallel& operator=(const DataParallel&) = delete;

  /// Backward of one piece of a step. Only the last piece reduces: then each parameter's gradient is the mean over the ranks of
  /// what they accumulated. @param loss a scalar
  /// @throws std::runtime_error, on any number of ranks, naming a parameter that the last piece's loss does not depend on, or whose
  ///   gradient comes twice in one backward; also if the other ranks do not take part in time
  void backward(const at::Tensor& loss, bool is_last);

  /// Drops the gradients.
  void zero_grad();

  /// Each parameter's values from the rank that owns it, to all. @param owners a rank for each parameter (sharded optimiser state)
  void broadcast_from(const std::vector<int>& owners);

  ReductionStats last_step() const;

 private:
  struct Impl;
  void reduce_first();

  GradientArrivals arrivals_;
  std::vector<at::Tensor> parameters_;
  std::unique_ptr<Impl> impl_; ///< null: one rank
};

} // namespace cxr
