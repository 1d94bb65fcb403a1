/// @file
/// How many threads a rank may use without crowding the others on its node.
#pragma once

#include "dist/communicator.h"

namespace cxr {

/// `asked` if positive; else this rank's share of the node's cores, within those that the launcher bound it to.
int rank_threads(int asked, const Communicator& ranks);

} // namespace cxr
