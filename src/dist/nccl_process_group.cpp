// libcxr_nccl.so: the only part of the project that links LibTorch's CUDA half.
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "dist/nccl_library.h"

extern "C" __attribute__((visibility("default"))) cxr::OpenNccl cxr_open_nccl;

c10d::Backend* cxr_open_nccl(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size, std::chrono::milliseconds timeout) {
  auto options =
      c10d::ProcessGroupNCCL::Options::create(/*is_high_priority_stream=*/true); // reductions go before kernels of backward
  options->timeout = timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, std::move(options)).release();
}
