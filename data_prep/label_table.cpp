#include "data_prep/label_table.h"

#include <charconv>

#include <fmt/ranges.h>

#include "core/error.h"

namespace cxr {
namespace {

std::optional<std::int8_t> label_of(const std::string& text) {
  if (text.empty()) return kNotMentioned;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value == 1) return kPositive;
  if (value == 0) return kNegative;
  if (value == -1) return kUncertain;
  return std::nullopt;
}

} // namespace

LabelColumns::LabelColumns(const CsvTable& table, bool all) : table_(table) {
  bool any = false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string name(kCheXpertLabels[i]);
    if (all || table.has(name)) columns_[i] = table.column(name);
    any |= columns_[i].has_value();
  }
  if (!any) {
    throw InputError(table.name(), "", fmt::format("a column of {}", fmt::join(kCheXpertLabels, ", ")),
                     fmt::format("{}", fmt::join(table.header(), ",")));
  }
}

Labels LabelColumns::read(std::size_t row) const {
  Labels labels = kNoLabels;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i]) continue;
    const auto& text = table_.at(row, *columns_[i]);
    const auto label = label_of(text);
    if (!label) {
      throw InputError(fmt::format("{}:{}", table_.name(), table_.line(row)), kCheXpertLabels[i], "1.0, 0.0, -1.0 or blank", text);
    }
    labels[i] = *label;
  }
  return labels;
}

} // namespace cxr
