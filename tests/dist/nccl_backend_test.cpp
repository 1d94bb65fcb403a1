#include "dist/nccl_backend.h"

#include <ATen/Context.h>

#include <gmock/gmock.h>

#include "support/refusal.h"

namespace cxr {
namespace {

// That it was loaded shows that LibTorch's CUDA half has every symbol that it asks for.
TEST(NcclBackend, IsLoadedAndRefusesAMachineWithoutAGpu) {
  LocalCommunicator ranks;
  c10::intrusive_ptr<c10d::Backend> backend;
  const auto refusal = test::refusal([&] { backend = open_nccl_backend(ranks, std::chrono::seconds(10)); });
  if (at::hasCUDA()) {
    EXPECT_EQ(backend->getSize(), 1);
  } else {
    EXPECT_THAT(refusal, testing::MatchesRegex("--device: cuda: expected GPUs that NCCL can use, found [^\n]*no GPUs found!"));
  }
}

} // namespace
} // namespace cxr
