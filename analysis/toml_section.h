/// @file
/// A table of study.toml, with messages that say which.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/toml_file.h"

namespace cxr {

/// Borrows the TOML table. Every method throws InputError (file, "place, key", expected, found).
class TomlSection {
 public:
  /// @param place what messages call the table: "arm 1"  @param keys that it may have
  TomlSection(const std::filesystem::path& file, std::string place, const toml::table& table, const std::vector<std::string>& keys);

  /// A string that is not empty.
  std::string text(const std::string& key) const;
  std::string text_or(const std::string& key, const std::string& fallback) const {
    return table_.contains(key) ? text(key) : fallback;
  }
  /// A string, which may be empty; empty too if there is no such key.
  std::string text_or_empty(const std::string& key) const;
  bool flag_or(const std::string& key, bool fallback) const;
  /// A file or folder that exists, named relative to the file's folder.
  std::filesystem::path path(const std::string& key) const;
  /// Empty if there is no such key.
  std::filesystem::path path_if_given(const std::string& key) const {
    return table_.contains(key) ? path(key) : std::filesystem::path();
  }
  /// One path or a list of them; none if there is no such key.
  std::vector<std::filesystem::path> paths_if_given(const std::string& key) const;

  [[noreturn]] void refuse(const std::string& key, const std::string& expected, const std::string& found) const;

 private:
  std::filesystem::path existing(const std::string& key, const std::string& name) const;

  std::filesystem::path file_;
  std::string place_;
  const toml::table& table_;
};

} // namespace cxr
