#include "experiments/set_rows.h"

#include <numeric>

#include "core/error.h"
#include "data/image_set.h"
#include "data/set_parts.h"

namespace cxr {
namespace {

struct LabelCondition {
  std::int64_t label; ///< of kCheXpertLabels
  std::int8_t value;
};

LabelCondition parse_condition(const std::string& condition, const std::string& option) {
  const auto equals = condition.rfind('=');
  const auto name = condition.substr(0, equals), value = equals == std::string::npos ? "" : condition.substr(equals + 1);
  const auto label = std::find(kCheXpertLabels.begin(), kCheXpertLabels.end(), name);
  if (label == kCheXpertLabels.end()) {
    throw InputError(option, "label", fmt::format("one of {}", fmt::join(kCheXpertLabels, ", ")), name);
  }
  for (const auto known : {kPositive, kNegative, kUncertain, kNotMentioned}) {
    if (value == fmt::format("{}", static_cast<int>(known))) return {label - kCheXpertLabels.begin(), known};
  }
  throw InputError(option, name, "=1 (positive), =0 (negative), =-1 (uncertain) or =-2 (not mentioned)", condition);
}

/// Each prompt once, in the order in which they come.
std::vector<std::string> distinct(const std::vector<std::string>& prompts) {
  std::vector<std::string> result;
  for (const auto& prompt : prompts) {
    if (std::find(result.begin(), result.end(), prompt) == result.end()) result.push_back(prompt);
  }
  return result;
}

std::string quoted_list(const std::vector<std::string>& prompts) {
  constexpr std::size_t kShown = 10;
  std::string list;
  for (std::size_t i = 0; i < std::min(prompts.size(), kShown); ++i) list += fmt::format("{}\"{}\"", i ? ", " : "", prompts[i]);
  return prompts.size() > kShown ? fmt::format("{} and {} more", list, prompts.size() - kShown) : list;
}

} // namespace

Rows all_rows(std::int64_t count) {
  Rows rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

Rows rows_with_prompt(const std::filesystem::path& path, const std::string& prompt) {
  const auto file = hdf5::File::open(set_file(path, "an image set"));
  if (!file.has("prompts")) {
    throw InputError(file.path().string(), "prompts", "the prompt of each image, as cxr generate writes it", "no such dataset");
  }
  const auto prompts = file.read_strings("prompts");
  Rows rows;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    if (prompts[i] == prompt) rows.push_back(static_cast<std::int64_t>(i));
  }
  if (rows.empty()) {
    throw InputError(file.path().string(), "prompts", fmt::format("\"{}\", as --prompt says", prompt),
                     quoted_list(distinct(prompts)));
  }
  return rows;
}

Rows rows_with_label(const std::filesystem::path& path, const std::string& condition, const std::string& option) {
  const auto [label, value] = parse_condition(condition, option);
  const auto file = hdf5::File::open(set_file(path, "an image set"));
  if (!file.has("labels"))
    throw InputError(file.path().string(), "labels", fmt::format("labels, for {}", option), "no such dataset");
  const auto column = read_labels(file, file.shape("labels")[0]).select(1, label); // int8 [N]
  Rows rows;
  for (std::int64_t i = 0; i < column.size(0); ++i) {
    if (column[i].item<std::int8_t>() == value) rows.push_back(i);
  }
  if (rows.empty()) throw InputError(file.path().string(), "labels", fmt::format("an image with {}", condition), "none");
  return rows;
}

} // namespace cxr
