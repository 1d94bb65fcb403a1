/// @file
/// Sums that do not depend on timing: element by element, in rank order.
#pragma once

#include <c10/core/ScalarType.h>

#include "dist/mpi_channel.h"

namespace cxr {

/// How an all-reduce adds elements of `dtype` (float32, float64, bfloat16, int64), or averages them (not int64). bfloat16, which
/// MPI does not know, is added in float32 and rounded once.
/// @throws LogicError for any other type
MpiChannel::Combine rank_order_sum(c10::ScalarType dtype, bool is_mean);

} // namespace cxr
