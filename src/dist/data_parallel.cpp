#include "dist/data_parallel.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include "core/error.h"
#include "core/timing.h"

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

// The parameters whose gradients autograd computed in a backward, in its order.
struct Arrivals {
  std::vector<std::int64_t> parameters;
  Stopwatch since_last;
};

} // namespace

struct DataParallel::Impl {
  Impl(std::vector<at::Tensor> of, const ProcessGroup& over);
  ~Impl();
  void backward(const at::Tensor& loss, bool is_last);
  void lay_out_buckets();
  void check_all_arrived() const;

  std::vector<at::Tensor> parameters;
  ProcessGroup keep_group;
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  std::vector<unsigned> hooks; ///< of each parameter
  Arrivals arrivals;
  std::unique_ptr<FixedReducer> reducer; ///< from the end of the first backward on, which shows the order of arrival
  ReductionStats stats;
};

DataParallel::Impl::Impl(std::vector<at::Tensor> of, const ProcessGroup& over)
    : parameters(std::move(of)), keep_group(over), group(c10::intrusive_ptr<c10d::ProcessGroup>::reclaim_copy(over.get())) {
  c10d::verify_params_across_processes(group, parameters, {});
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    hooks.push_back(parameters[i].register_hook([this, i](const at::Tensor&) {
      arrivals.parameters.push_back(static_cast<std::int64_t>(i));
      arrivals.since_last.restart();
    }));
  }
}

DataParallel::Impl::~Impl() {
  reducer.reset();
  for (std::size_t i = 0; i < hooks.size(); ++i) parameters[i].remove_hook(hooks[i]);
}

// PyTorch would wait for the missing ones, or fail at the next step.
void DataParallel::Impl::check_all_arrived() const {
  std::vector<bool> has_come(parameters.size(), false);
  for (const auto i : arrivals.parameters) has_come[static_cast<std::size_t>(i)] = true;
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!has_come[i]) missing.push_back(fmt::format("{} [{}]", i, fmt::join(parameters[i].sizes(), ",")));
  }
  if (missing.empty()) return;
  throw std::runtime_error(fmt::format("data-parallel training: the loss does not depend on parameter {} ({} of {} in all)",
                                       missing.front(), missing.size(), parameters.size()));
}

// Buckets follow the order in which rank 0's gradients arrive, so that each can go while the rest are still computed. Of the
// buckets that c10d fills, the first is the small one: it is filled from the end.
void DataParallel::Impl::lay_out_buckets() {
  auto order = at::tensor(arrivals.parameters, at::kLong).to(parameters.front().device());
  std::vector<at::Tensor> shared{order};
  group->broadcast(shared)->wait();
  order = order.to(at::kCPU).flip(0);
  const std::vector<std::int64_t> from_last(order.const_data_ptr<std::int64_t>(),
                                            order.const_data_ptr<std::int64_t>() + order.numel());
  std::vector<at::Tensor> tensors;
  for (const auto i : from_last) tensors.push_back(parameters[static_cast<std::size_t>(i)]);
  auto buckets = std::get<0>(c10d::compute_bucket_assignment_by_size(tensors, {kLastBucketBytes, kBucketBytes}, {}, from_last));
  std::ranges::reverse(buckets);
  reducer = std::make_unique<FixedReducer>(parameters, std::move(buckets), group);
}

void DataParallel::Impl::backward(const at::Tensor& loss, bool is_last) {
  arrivals.parameters.clear();
  if (reducer && is_last) reducer->prepare_for_backward({});
  loss.backward();
  if (!is_last) return;
  check_all_arrived();
  if (!reducer) {
    // The first step's gradients are there already. They arrive again, at the buckets this time.
    std::vector<at::Tensor> gradients;
    for (auto& parameter : parameters) gradients.push_back(std::exchange(parameter.mutable_grad(), at::Tensor()));
    lay_out_buckets();
    reducer->prepare_for_backward({});
    torch::autograd::backward(parameters, gradients);
  }
  stats.exposed = arrivals.since_last.seconds();
  stats.bytes = 0;
  for (const auto& parameter : parameters) stats.bytes += static_cast<std::int64_t>(parameter.nbytes());
}

DataParallel::DataParallel(std::vector<at::Tensor> parameters, ProcessGroup group)
    : parameters_(std::move(parameters)), impl_(group ? std::make_unique<Impl>(parameters_, group) : nullptr) {
  if (impl_) broadcast_from(std::vector<int>(parameters_.size(), 0));
}

DataParallel::~DataParallel() = default;

void DataParallel::backward(const at::Tensor& loss, bool is_last) { impl_ ? impl_->backward(loss, is_last) : loss.backward(); }

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
