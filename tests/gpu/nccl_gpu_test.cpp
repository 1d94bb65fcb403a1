// Reductions between GPUs, one a rank. Alone, a rank reduces with itself; mpirun gives it others.
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <ATen/Context.h>

#include "dist/data_parallel.h"
#include "dist/mpi_session.h"
#include "dist/nccl_backend.h"
#include "gpu/on_gpu.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

class NcclOnGpu : public test::OnGpu {
 protected:
  static void SetUpTestSuite() { session = std::make_unique<MpiSession>(nullptr, nullptr); }
  static void TearDownTestSuite() { session.reset(); }

  void SetUp() override {
    OnGpu::SetUp();
    if (gpu_.is_cpu()) return; // skipped
    gpu = open_device("cuda", world().local_rank());
    if (static_cast<int>(at::getNumGPUs()) < world().local_size()) GTEST_SKIP() << "NCCL wants a GPU for each rank";
  }

  static std::unique_ptr<MpiSession> session;
  at::Device gpu = at::kCPU;
};

std::unique_ptr<MpiSession> NcclOnGpu::session;

TEST_F(NcclOnGpu, AddsOverTheRanks) {
  const auto nccl = open_nccl_backend(world(), std::chrono::seconds(60));
  for (const auto dtype : {at::kFloat, at::kBFloat16, at::kLong}) {
    std::vector<at::Tensor> tensors{at::full({1000}, world().rank() + 1, at::device(gpu).dtype(dtype))};
    nccl->allreduce(tensors, {})->wait();
    EXPECT_CLOSE(tensors.front().to(at::kCPU), at::full({1000}, world().size() * (world().size() + 1) / 2, dtype), 0);
  }
  nccl->shutdown();
}

TEST_F(NcclOnGpu, GradientsAreTheMeanOverTheRanks) {
  const auto weight = at::ones({256, 128}, gpu).requires_grad_(), bias = at::ones({256}, gpu).requires_grad_();
  DataParallel data_parallel({{"weight", weight}, {"bias", bias}}, open_process_group(world(), gpu, std::chrono::seconds(60)));
  const auto x = at::full({4, 128}, world().rank(), at::device(gpu).dtype(at::kFloat));
  for (int step = 0; step < 3; ++step) {
    data_parallel.zero_grad();
    data_parallel.backward(at::linear(x, weight, bias).sum(), true);
    EXPECT_CLOSE(weight.grad().to(at::kCPU), at::full({256, 128}, 4 * (world().size() - 1) / 2.), 1e-6); // exact but for TF32
    EXPECT_CLOSE(bias.grad().to(at::kCPU), at::full({256}, 4.), 1e-6);
  }
}

} // namespace
} // namespace cxr
