/// @file
/// JSON files with errors that name the file and the field. Parsing is nlohmann's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace cxr {

/// A JSON object read from a file (a model's config.json, a weight index).
class JsonFile {
 public:
  /// @throws InputError if absent, empty, a Git-LFS pointer, not JSON, or not an object
  explicit JsonFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const nlohmann::json& root() const { return root_; }
  bool has(const std::string& field) const { return root_.contains(field) && !root_.at(field).is_null(); }

  /// The field's value. T: bool, std::int64_t, double, std::string, and vectors of them.
  /// @throws InputError if the field is absent or of another type
  template <typename T>
  T require(const std::string& field) const;

  /// The field's value, or `fallback` if absent or null. @throws InputError if of another type
  template <typename T>
  T get_or(const std::string& field, T fallback) const {
    return has(field) ? require<T>(field) : fallback;
  }

  /// A field that is an object, as if it were a file of its own; errors name its fields `field.name`.
  /// @throws InputError if the field is absent or no object
  JsonFile object(const std::string& field) const;

  /// An InputError about one of this file's fields.
  [[noreturn]] void refuse(const std::string& field, const std::string& expected, const std::string& found) const;

 private:
  JsonFile() = default;

  std::filesystem::path path_;
  std::string prefix_; ///< of the fields of an object within the file
  nlohmann::json root_;
};

} // namespace cxr
