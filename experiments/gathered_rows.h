/// @file
/// What ranks computed for the batches dealt to them, put together.
#pragma once

#include <torch/types.h>

#include <vector>

#include "dist/communicator.h"
#include "dist/shard_plan.h"

namespace cxr {

/// All ranks' rows in the order of `batches`, on every rank. Collective.
/// @param mine for each of this rank's batches, as deal() gave them, its rows [count,columns], on the CPU
/// @param batches all of them
at::Tensor gathered_rows(const std::vector<at::Tensor>& mine, const std::vector<Batch>& batches, std::int64_t columns,
                         at::ScalarType dtype, Communicator& ranks);

} // namespace cxr
