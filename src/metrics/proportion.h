/// @file
/// Confidence intervals of shares.
#pragma once

#include <cstdint>

#include "metrics/bootstrap.h"

namespace cxr {

/// Wilson's score interval (1927), 95 %, of a share of `count` independent cases; within [0, 1], and of positive width where all or
/// none of few cases fall to the share, which a bootstrap takes for certainty. NaN ends for no cases.
Interval wilson_interval(std::int64_t hits, std::int64_t count);

} // namespace cxr
