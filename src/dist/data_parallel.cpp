#include "dist/data_parallel.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include "core/error.h"

namespace cxr {
namespace {

constexpr std::size_t kBucketBytes = std::size_t{25} << 20;    // as PyTorch's DDP
constexpr std::size_t kLastBucketBytes = std::size_t{1} << 20; // nothing is left to hide the last one, so it is small

// Buckets stay as they are first laid out: a run that resumes then reduces in the same order as one that was never stopped.
class FixedReducer final : public c10d::Reducer {
 public:
  FixedReducer(const std::vector<at::Tensor>& parameters, std::vector<std::vector<std::size_t>> buckets,
               c10::intrusive_ptr<c10d::ProcessGroup> group)
      : Reducer(parameters, std::move(buckets), std::move(group), std::vector<bool>(parameters.size(), false), kBucketBytes,
                /*find_unused_parameters=*/false, /*gradient_as_bucket_view=*/true, {}, kBucketBytes,
                /*skip_all_reduce_unused_params=*/false, /*use_python_reducer=*/false, {}) {
    has_rebuilt_bucket_ = true;
  }
};

} // namespace

struct DataParallel::Impl {
  Impl(std::vector<at::Tensor> of, const ProcessGroup& over)
      : parameters(std::move(of)), keep_group(over), group(c10::intrusive_ptr<c10d::ProcessGroup>::reclaim_copy(over.get())) {
    c10d::verify_params_across_processes(group, parameters, {});
  }
  void lay_out_buckets(const std::vector<std::int64_t>& arrivals);

  std::vector<at::Tensor> parameters;
  ProcessGroup keep_group;
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  std::unique_ptr<FixedReducer> reducer; ///< from the end of the first backward on, which shows the order of arrival
  ReductionStats stats;
};

// Buckets follow the order in which rank 0's gradients arrive, so that each can go while the rest are still computed. Of the
// buckets that c10d fills, the first is the small one: it is filled from the end.
void DataParallel::Impl::lay_out_buckets(const std::vector<std::int64_t>& arrivals) {
  auto order = at::tensor(arrivals, at::kLong).to(parameters.front().device());
  broadcast_(keep_group, order);
  order = order.to(at::kCPU).flip(0);
  const std::vector<std::int64_t> from_last(order.const_data_ptr<std::int64_t>(),
                                            order.const_data_ptr<std::int64_t>() + order.numel());
  std::vector<at::Tensor> tensors;
  for (const auto i : from_last) tensors.push_back(parameters[static_cast<std::size_t>(i)]);
  auto buckets = std::get<0>(c10d::compute_bucket_assignment_by_size(tensors, {kLastBucketBytes, kBucketBytes}, {}, from_last));
  std::ranges::reverse(buckets);
  reducer = std::make_unique<FixedReducer>(parameters, std::move(buckets), group);
}

DataParallel::DataParallel(std::vector<NamedParameter> parameters, ProcessGroup group) : arrivals_(parameters) {
  for (auto& [name, value] : parameters) parameters_.push_back(std::move(value));
  if (!group) return;
  impl_ = std::make_unique<Impl>(parameters_, group);
  broadcast_from(std::vector<int>(parameters_.size(), 0));
}

DataParallel::~DataParallel() = default;

void DataParallel::backward(const at::Tensor& loss, bool is_last) {
  arrivals_.begin();
  if (impl_ && impl_->reducer && is_last) impl_->reducer->prepare_for_backward({});
  loss.backward();
  if (!is_last) return;
  arrivals_.check_all_came(); // the reducer would wait for the missing ones, or fail at the next step
  if (!impl_) return;
  if (!impl_->reducer) reduce_first();
  impl_->stats.exposed = arrivals_.seconds_since_last();
  impl_->stats.bytes = 0;
  for (const auto& parameter : parameters_) impl_->stats.bytes += static_cast<std::int64_t>(parameter.nbytes());
}

// The first step's gradients are there already. They arrive again, at the buckets this time.
void DataParallel::reduce_first() {
  std::vector<at::Tensor> gradients;
  for (auto& parameter : parameters_) gradients.push_back(std::exchange(parameter.mutable_grad(), at::Tensor()));
  impl_->lay_out_buckets(arrivals_.order());
  impl_->reducer->prepare_for_backward({});
  arrivals_.begin();
  torch::autograd::backward(parameters_, gradients);
}

void DataParallel::zero_grad() {
  // Autograd then gives each its new gradient as it is, and the reducer one pass to its bucket; zeros would cost three.
  for (auto& parameter : parameters_) parameter.mutable_grad().reset();
}

void DataParallel::broadcast_from(const std::vector<int>& owners) {
  expects(owners.size() == parameters_.size(), "{} owners of {} parameters", owners.size(), parameters_.size());
  if (!impl_) return;
  const at::NoGradGuard no_grad;
  std::map<int, std::vector<at::Tensor>> owned;
  for (std::size_t i = 0; i < owners.size(); ++i) owned[owners[i]].push_back(parameters_[i].detach());
  for (const auto& [owner, values] : owned) c10d::broadcast_coalesced(impl_->group, values, kBucketBytes, owner);
}

ReductionStats DataParallel::last_step() const { return impl_ ? impl_->stats : ReductionStats{}; }

} // namespace cxr
