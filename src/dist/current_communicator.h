/// @file
/// What world() returns; MpiSession sets it.
#pragma once

#include "dist/communicator.h"

namespace cxr {

/// Null stands for the local communicator.
Communicator*& current_communicator();

} // namespace cxr
