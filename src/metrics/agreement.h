/// @file
/// How far two readers who judged the same cases agree beyond chance: Cohen's kappa (1960), and weighted (1968) for ordered
/// categories, where readers who are one step apart disagree less than readers who are four apart.
#pragma once

#include <cstdint>
#include <span>

namespace cxr {

/// How much a disagreement of d steps counts.
enum class KappaWeights {
  kNone,      ///< 1, for any d > 0
  kLinear,    ///< d
  kQuadratic, ///< d²
};

/// 1 − (weighted disagreements) / (those that chance would give with each reader's frequencies), as scikit-learn's
/// cohen_kappa_score with all categories as its labels. 1 is perfect agreement, 0 that of chance; negative is worse.
/// NaN where chance would give no disagreement: no cases, or both readers put all cases into one category.
/// @param a,b one category a case, from 0 to categories - 1, in the same order of cases
double cohen_kappa(std::span<const std::int8_t> a, std::span<const std::int8_t> b, std::int64_t categories, KappaWeights weights);

/// The share of cases that both readers put into one category; NaN for no cases. The parameters are those of cohen_kappa().
double exact_agreement(std::span<const std::int8_t> a, std::span<const std::int8_t> b);

} // namespace cxr
