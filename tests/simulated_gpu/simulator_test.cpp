// The make-believe GPU itself: what it computes is the CPU's, and what it refuses and counts is a GPU's.
#include <gmock/gmock.h>

#include <ATen/ATen.h>

#include "nn/transfer.h"
#include "run/device.h"
#include "simulated_gpu/counters.h"
#include "simulated_gpu/device_memory.h"
#include "support/tolerance.h"

namespace cxr::simulated_gpu {
namespace {

using testing::HasSubstr;
using Tensors = std::vector<at::Tensor>;

const at::Device kGpu(at::kCUDA, 0);

/// Values and gradients of `function` on both devices.
void expect_same(const std::function<at::Tensor(const Tensors&)>& function, const Tensors& inputs) {
  Tensors on_cpu, on_gpu;
  for (const auto& input : inputs) {
    on_cpu.push_back(input.clone().requires_grad_(input.is_floating_point()));
    on_gpu.push_back(input.to(kGpu).requires_grad_(input.is_floating_point()));
  }
  const auto expected = function(on_cpu), found = function(on_gpu);
  EXPECT_TRUE(found.is_cuda());
  EXPECT_CLOSE(found.detach().to(at::kCPU), expected.detach(), 1e-5);
  if (!expected.requires_grad()) return;
  const auto weights = at::linspace(-1, 1, expected.numel()).view(expected.sizes());
  (expected * weights).sum().backward();
  (found * weights.to(kGpu)).sum().backward();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!on_cpu[i].grad().defined()) continue;
    EXPECT_CLOSE(on_gpu[i].grad().to(at::kCPU), on_cpu[i].grad(), 1e-4);
  }
}

at::Tensor wave(at::IntArrayRef shape) {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  return (at::arange(count, at::kFloat) * 0.73 + 0.1 * static_cast<double>(count)).sin().view(shape);
}

TEST(Simulator, ComputesWhatTheProcessorDoes) {
  constexpr auto kLast = at::MemoryFormat::ChannelsLast;
  expect_same([](const Tensors& t) { return at::conv2d(t[0], t[1], t[2], 2, 1); },
              {wave({2, 3, 8, 8}), wave({4, 3, 3, 3}), wave({4})});
  expect_same([](const Tensors& t) { return at::conv2d(t[0].contiguous(kLast), t[1].contiguous(kLast)); },
              {wave({2, 8, 4, 4}), wave({4, 8, 1, 1})});
  expect_same([](const Tensors& t) { return at::linear(t[0], t[1], t[2]); }, {wave({2, 5, 8}), wave({4, 8}), wave({4})});
  expect_same([](const Tensors& t) { return at::group_norm(t[0].contiguous(kLast), 2, t[1], t[2]); },
              {wave({2, 8, 4, 4}), wave({8}), wave({8})});
  expect_same([](const Tensors& t) { return at::scaled_dot_product_attention(t[0], t[1], t[1]); },
              {wave({2, 2, 5, 8}), wave({2, 2, 7, 8})});
  expect_same([](const Tensors& t) { return at::where(t[0] > 0, t[0], 1.0).cumsum(0); }, {wave({6, 5})});
  expect_same([](const Tensors& t) { return t[0].index_select(0, t[1]); }, {wave({6, 3}), at::tensor({4, 1, 1}, at::kLong)});
  expect_same(
      [](const Tensors& t) {
        return t[0].view({3, 8}).t().unsqueeze(0).expand({2, 8, 3}).reshape({-1}).unfold(0, 4, 2);
      },
      {wave({4, 6})});
  expect_same([](const Tensors& t) { return at::upsample_nearest2d(t[0], {8, 8}); }, {wave({1, 2, 4, 4})});
}

TEST(Simulator, DeviceMemoryIsNotTheHosts) {
  const auto x = at::ones({4}, kGpu);
  EXPECT_EQ(device_of(x.const_data_ptr()), kGpu);
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(*static_cast<const volatile float*>(x.const_data_ptr())), "");
}

TEST(Simulator, DevicesDoNotMix) {
  const auto one = at::ones({2}, kGpu);
  EXPECT_THROW(one + at::ones({2}), c10::Error);
  EXPECT_THROW(one + at::ones({2}, at::Device(at::kCUDA, 1)), c10::Error);
  EXPECT_NO_THROW(one + at::scalar_tensor(2)); // a scalar of the host may join
  EXPECT_THROW(at::ones({2}, at::Device(at::kCUDA, 99)), c10::Error);
}

TEST(Simulator, CountsWhatTheHostWaitsFor) {
  const auto waits = [](const std::function<void()>& work) {
    reset_counters();
    work();
    return counters().waits;
  };
  const auto x = at::ones({8}, kGpu), host = at::ones({8});
  EXPECT_EQ(waits([&] { static_cast<void>(x * 2 + 1); }), 0);
  EXPECT_EQ(waits([&] { static_cast<void>((x * 2).sum().item<float>()); }), 1);
  EXPECT_EQ(waits([&] { static_cast<void>((x * 2).to(at::kCPU)); }), 1);
  EXPECT_EQ(waits([&] { static_cast<void>(host.to(kGpu) * x); }), 1);
  EXPECT_EQ(waits([&] { static_cast<void>(nn::upload(host, kGpu) * x); }), 0);
  EXPECT_EQ(waits([&] { static_cast<void>(x.nonzero()); }), 1);
}

TEST(Simulator, ADownloadIsThereWhenItIsLookedAt) {
  auto x = at::full({8}, 3., kGpu);
  reset_counters();
  nn::Download download(x * 2);
  x.fill_(5); // what comes after the copy does not change it
  EXPECT_EQ(counters().waits, 0);
  EXPECT_CLOSE(download.values(), at::full({8}, 6.), 0);
  EXPECT_EQ(counters().waits, 1);
}

TEST(Simulator, WhoDoesNotWaitForACopyReadsGarbage) {
  const auto host = at::zeros({8}, at::TensorOptions(at::kFloat).pinned_memory(true));
  host.copy_(at::ones({8}, kGpu), /*non_blocking=*/true);
  EXPECT_TRUE(host.isnan().all().item<bool>());
}

TEST(Simulator, RunsOutOfMemoryWhenAsked) {
  fail_allocation(2);
  EXPECT_NO_THROW(at::empty({4}, kGpu));
  EXPECT_THROW(at::empty({4}, kGpu), c10::OutOfMemoryError);
  EXPECT_NO_THROW(at::empty({4}, kGpu));
  EXPECT_THROW(at::empty({std::int64_t{1} << 40}, kGpu), c10::OutOfMemoryError);
}

} // namespace
} // namespace cxr::simulated_gpu
