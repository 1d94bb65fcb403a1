/// @file
/// What libcxr_nccl.so offers.
#pragma once

#include <torch/csrc/distributed/c10d/Backend.hpp>

namespace cxr {

/// c10d's process group over NCCL, which the caller owns. Throws c10::Error where there is no GPU.
using OpenNccl = c10d::Backend*(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size,
                                std::chrono::milliseconds timeout);
constexpr const char* kOpenNccl = "cxr_open_nccl"; ///< its name in the library

} // namespace cxr
