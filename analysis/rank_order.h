/// @file
/// Whether two lists of numbers order things alike.
#pragma once

#include <span>
#include <vector>

namespace cxr {

/// The rank of each value, 1 of the smallest; equal values share the mean of their ranks. @param values no NaN
std::vector<double> mid_ranks(std::span<const double> values);

/// Spearman's rank correlation: the Pearson correlation of the mid-ranks, as scipy.stats.spearmanr has it. NaN for fewer than two
/// values or where one list's values are all equal. @param a,b as many, no NaN
double spearman(std::span<const double> a, std::span<const double> b);

} // namespace cxr
