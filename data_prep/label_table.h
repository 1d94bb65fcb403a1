/// @file
/// The columns of a CSV that hold CheXpert labels.
#pragma once

#include <vector>

#include "data_prep/source.h"
#include "io/csv.h"

namespace cxr {

inline constexpr Labels kNoLabels = {kNotMentioned, kNotMentioned, kNotMentioned, kNotMentioned, kNotMentioned,
                                     kNotMentioned, kNotMentioned, kNotMentioned, kNotMentioned, kNotMentioned,
                                     kNotMentioned, kNotMentioned, kNotMentioned, kNotMentioned};

class LabelColumns {
 public:
  /// Finds the 14 columns by name, in whatever order they are.
  /// @param all true: each must be there; false: at least one, and the others are not mentioned
  /// @throws InputError naming what is missing
  LabelColumns(const CsvTable& table, bool all);

  /// 1, 0, -1 and blank (not mentioned), with or without decimals. @throws InputError (file:line, column) for another value
  Labels read(std::size_t row) const;

 private:
  const CsvTable& table_;
  std::array<std::optional<std::size_t>, kCheXpertLabels.size()> columns_;
};

} // namespace cxr
