/// @file
/// The sample of reports on which the paper compares text encoders (section 4.1): for each label the same number of reports whose
/// only positive label it is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data_prep/source.h"

namespace cxr {

/// The label (0 to 13) that alone is positive; none if no label is, or several are. An uncertain label (-1) is not positive.
std::optional<std::size_t> only_positive_label(const Labels& labels);

struct StudySampleOptions {
  std::int64_t per_class = 50;
  std::uint64_t seed = 0;
  bool allow_fewer = false; ///< take what a class has, and warn
};

/// Which of the reports are taken, in their order. @param where the source of the reports, for messages
/// @throws InputError naming every class that has too few, unless they are allowed
std::vector<std::size_t> study_sample(std::span<const Labels> reports, const StudySampleOptions& options, const std::string& where);

} // namespace cxr
