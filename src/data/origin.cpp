#include "data/origin.h"

#include "core/error.h"
#include "core/toml_file.h"

namespace cxr {

Origin::Origin(const hdf5::File& results) : file_(results.path().string()) {
  if (!results.has_attribute("/", "configuration")) return;
  try {
    values_ = flatten(toml::parse(results.read_attribute("/", "configuration")));
  } catch (const toml::parse_error& error) {
    throw InputError(file_, "attribute configuration", "TOML", std::string(error.description()));
  }
}

std::string Origin::of(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return "";
  const auto& text = found->second; // as TOML writes it
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

void Origin::require(const std::string& key, const std::string& expected, const std::string& whose) const {
  const auto found = of(key);
  if (!found.empty() && !expected.empty() && found != expected)
    throw InputError(file_, key, fmt::format("{}, as of {}", expected, whose), found);
}

} // namespace cxr
