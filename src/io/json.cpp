#include "io/json.h"

#include "core/error.h"
#include "io/mapped_file.h"

namespace cxr {
namespace {

using Json = nlohmann::json;

Json parse_object(const std::filesystem::path& path) {
  const auto bytes = map_file(path);
  Json root;
  try {
    root = Json::parse(bytes.text());
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
