// Every other operator: the CPU's, on host copies of the arguments.
#include <ATen/ATen.h>
#include <ATen/native/CPUFallback.h>
#include <torch/library.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "simulated_gpu/counters.h"
#include "simulated_gpu/devices.h"
#include "simulated_gpu/timeline.h"

namespace cxr::simulated_gpu {
namespace {

// Finds the device that a call is for and refuses what CUDA's kernels refuse: arguments on several devices. Scalars of the host may
// join (not in lists, and not as results).
class Placement {
 public:
  explicit Placement(const c10::OperatorHandle& op) : op_(op) {}

  void add(const c10::Argument& argument, const c10::IValue& value) {
    if (value.isTensor()) {
      const auto tensor = value.toTensor();
      const bool is_result = argument.alias_info() && argument.alias_info()->isWrite();
      if (tensor.defined() && (is_result || !tensor.is_cpu() || tensor.dim() > 0)) add(tensor.device());
    } else if (value.isTensorList()) {
      for (const at::Tensor& tensor : value.toTensorVector()) {
        if (tensor.defined()) add(tensor.device());
      }
    } else if (value.isDevice()) {
      add(value.toDevice());
    } else if (value.isGenerator()) {
      TORCH_CHECK(!value.toGenerator().device().is_cpu(), op_.operator_name(),
                  ": Expected a 'cuda' device type for generator but found 'cpu'");
    }
  }

  c10::Device device() const { return found_.value_or(c10::Device(c10::kCUDA, current_device())); }

 private:
  void add(c10::Device device) {
    if (device.is_cuda() && !device.has_index()) device.set_index(current_device());
    if (!found_) found_ = device;
    TORCH_CHECK(device == *found_, op_.operator_name(),
                ": Expected all tensors to be on the same device, but found at least two devices, ", *found_, " and ", device, "!");
  }

  const c10::OperatorHandle& op_;
  std::optional<c10::Device> found_;
};

// Indices may be the host's: CUDA copies them first, and waits for that.
c10::List<std::optional<at::Tensor>> indices_on(c10::Device device, const c10::IValue& value) {
  c10::List<std::optional<at::Tensor>> moved;
  for (const auto& index : value.toOptionalTensorVector()) {
    moved.push_back(index && index->defined() && index->is_cpu() ? index->to(device) : index);
  }
  return moved;
}

// A mask says only on the device how many elements it selects. Where one value goes to all of them, nobody asks.
bool selects_by_mask(const c10::OperatorHandle& op, std::span<const c10::IValue> values) {
  if (op.schema().name() == "aten::_index_put_impl_" && values[2].toTensor().numel() == 1 && !values[3].toBool()) return false;
  return std::ranges::any_of(values, [](const c10::IValue& value) {
    if (!value.isOptionalTensorList()) return false;
    return std::ranges::any_of(value.toOptionalTensorVector(), [](const std::optional<at::Tensor>& index) {
      return index && index->defined() && (index->scalar_type() == at::kBool || index->scalar_type() == at::kByte);
    });
  });
}

// Whether the host learns something from the device, most often the size of the result.
bool waits_for_result(const c10::OperatorHandle& op, std::span<const c10::IValue> values) {
  constexpr std::array<std::string_view, 8> kWaiting{"aten::nonzero",  "aten::masked_select", "aten::_unique",
                                                     "aten::_unique2", "aten::unique_dim",    "aten::unique_consecutive",
                                                     "aten::bincount", "aten::equal"};
  const std::string_view name = op.schema().name();
  if (name == "aten::repeat_interleave") return values.back().isNone(); // the size of the result
  return std::ranges::find(kWaiting, name) != kWaiting.end() || selects_by_mask(op, values);
}

// The CPU's operator returns a tensor of the host where the first argument is a scalar of the host.
void move_results(std::size_t count, torch::jit::Stack& stack, c10::Device device) {
  for (auto& value : std::span(stack).last(count)) {
    if (value.isTensor() && value.toTensor().defined() && value.toTensor().is_cpu()) value = value.toTensor().to(device);
  }
}

void run_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const at::AutoDispatchBelowADInplaceOrView below_autograd;
  const auto& arguments = op.schema().arguments();
  const auto values = std::span(*stack).last(arguments.size());
  Placement placement(op);
  for (std::size_t i = 0; i < values.size(); ++i) placement.add(arguments[i], values[i]);
  const auto device = placement.device();
  for (auto& value : values) {
    if (value.isOptionalTensorList()) value = indices_on(device, value);
  }
  const bool waits = waits_for_result(op, values);
  const auto stream = current_stream(device.index());
  if (is_counting()) {
    count_operator(op.schema().name());
    enqueue(stream);
    if (waits) wait_for(moment_of(stream), op.schema().name().c_str());
  }
  const Uncounted copies_are_not_the_programs;
  at::native::cpu_fallback(op, stack);
  move_results(op.schema().returns().size(), *stack, device);
}

TORCH_LIBRARY_IMPL(_, CUDA, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&run_on_host>()); }

// What LibTorch would otherwise make of several operators of the device.
TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  const auto run = [&](const std::string& name) {
    library.impl(name.c_str(), torch::CppFunction::makeFromBoxedFunction<&run_on_host>());
  };
  // It would look for CUDA's own, and take one of last resort: the CPU's _slow_conv2d_backward gives wrong gradients of 1 x 1
  // weights in channels-last order.
  run("aten::_foreach_mul_.Tensor"); // one kernel in CUDA
  run("aten::convolution");
  run("aten::convolution_backward");
  // It would make the result first, and call the form of the operator that takes one: twice the copies and twice the waits.
  auto& dispatcher = c10::Dispatcher::singleton();
  for (const auto& name : dispatcher.getAllOpNamesForDispatchKey(c10::DispatchKey::CompositeExplicitAutogradNonFunctional)) {
    const bool is_known =
        name.name.starts_with("aten::") && dispatcher.findOp(name)->hasKernelForDispatchKey(c10::DispatchKey::CPU);
    if (is_known) run(c10::toString(name));
  }
}

} // namespace
} // namespace cxr::simulated_gpu
