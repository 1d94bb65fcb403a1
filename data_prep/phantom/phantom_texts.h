/// @file
/// Phantoms' reports without pictures, as the text-encoder study samples reports: each has one positive label.
#pragma once

#include <cstdint>
#include <filesystem>

#include "data_prep/phantom/phantom_report.h"

namespace cxr {

struct PhantomTextOptions {
  std::filesystem::path out;
  std::int64_t per_class = 50; ///< reports of each of CheXpert's 14 labels
  std::uint64_t seed = 0;
};

namespace phantom {

/// Report `number` of `seed`, whose only positive label is the one at number % 14 in CheXpert's order. Others may be denied, or
/// left open: "Support Devices" always has one left open, since devices alone would make "No Finding" positive too.
Report single_label_report(std::uint64_t seed, std::int64_t number);

} // namespace phantom

/// Writes the impressions of reports 0 … 14 · per_class - 1 as a text set (data/text_set.h), the labels in turn.
/// @throws InputError if `out` exists
void write_phantom_texts(const PhantomTextOptions& options);

} // namespace cxr
