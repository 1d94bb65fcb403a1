#include "io/json.h"

#include "core/error.h"
#include "io/mapped_file.h"

namespace cxr {
namespace {

using Json = nlohmann::json;

// Python's json writes numbers that JSON has not (diffusers' "lambda_min_clipped": -Infinity): null in their place, as if absent.
std::string without_python_constants(std::string_view text) {
  constexpr std::array<std::string_view, 3> kConstants = {"NaN", "Infinity", "-Infinity"};
  std::string result;
  bool in_string = false;
  while (!text.empty()) {
    const auto constant = std::ranges::find_if(kConstants, [text](auto name) { return text.starts_with(name); });
    if (!in_string && constant != kConstants.end()) {
      result += "null";
      text.remove_prefix(constant->size());
      continue;
    }
    const std::size_t taken = in_string && text[0] == '\\' ? std::min<std::size_t>(2, text.size()) : 1;
    if (text[0] == '"') in_string = !in_string;
    result += text.substr(0, taken);
    text.remove_prefix(taken);
  }
  return result;
}

Json parse_object(const std::filesystem::path& path) {
  const auto bytes = map_file(path);
  Json root;
  try {
    const bool plain =
        bytes.text().find("NaN") == std::string_view::npos && bytes.text().find("Infinity") == std::string_view::npos;
    root = plain ? Json::parse(bytes.text()) : Json::parse(without_python_constants(bytes.text()));
  } catch (const Json::parse_error& error) {
    throw InputError(path.string(), fmt::format("byte {}", error.byte), "JSON", error.what());
  }
  if (!root.is_object()) throw InputError(path.string(), "", "a JSON object", root.type_name());
  return root;
}

// Scalars by value, the rest by type: a message stays one line whatever the file nests.
std::string describe(const Json& value) {
  if (!value.is_structured()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return fmt::format("an {} of {} entries", value.type_name(), value.size());
}

template <typename T>
struct Kind;

template <>
struct Kind<bool> {
  static constexpr const char* kName = "true or false";
  static bool matches(const Json& value) { return value.is_boolean(); }
};

template <>
struct Kind<std::int64_t> {
  static constexpr const char* kName = "an integer";
  static bool matches(const Json& value) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max();
    return value.is_number_integer();
  }
};

template <>
struct Kind<double> {
  static constexpr const char* kName = "a number";
  static bool matches(const Json& value) { return value.is_number(); }
};

template <>
struct Kind<std::string> {
  static constexpr const char* kName = "a string";
  static bool matches(const Json& value) { return value.is_string(); }
};

template <typename T>
struct Kind<std::vector<T>> {
  static inline const std::string kName = fmt::format("an array, each entry {}", Kind<T>::kName);
  static bool matches(const Json& value) { return value.is_array() && std::ranges::all_of(value, Kind<T>::matches); }
};

} // namespace

JsonFile::JsonFile(const std::filesystem::path& path) : path_(path), root_(parse_object(path)) {}

template <typename T>
T JsonFile::require(const std::string& field) const {
  if (!root_.contains(field)) refuse(field, Kind<T>::kName, "no such field");
  const auto& value = root_.at(field);
  if (!Kind<T>::matches(value)) refuse(field, Kind<T>::kName, describe(value));
  return value.get<T>();
}

template bool JsonFile::require(const std::string&) const;
template std::int64_t JsonFile::require(const std::string&) const;
template double JsonFile::require(const std::string&) const;
template std::string JsonFile::require(const std::string&) const;
template std::vector<bool> JsonFile::require(const std::string&) const;
template std::vector<std::int64_t> JsonFile::require(const std::string&) const;
template std::vector<double> JsonFile::require(const std::string&) const;
template std::vector<std::string> JsonFile::require(const std::string&) const;

JsonFile JsonFile::object(const std::string& field) const {
  if (!root_.contains(field)) refuse(field, "an object", "no such field");
  if (!root_.at(field).is_object()) refuse(field, "an object", describe(root_.at(field)));
  JsonFile inner;
  inner.path_ = path_;
  inner.prefix_ = prefix_ + field + ".";
  inner.root_ = root_.at(field);
  return inner;
}

void JsonFile::refuse(const std::string& field, const std::string& expected, const std::string& found) const {
  throw InputError(path_.string(), prefix_ + field, expected, found);
}

} // namespace cxr
