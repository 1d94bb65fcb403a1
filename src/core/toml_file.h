/// @file
/// TOML files with errors that name the file and the key. Parsing is toml++'s.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <toml++/toml.h>

namespace cxr {

/// @throws InputError (file, line and column, what was expected) if absent or no TOML
toml::table read_toml(const std::filesystem::path& path);

/// The options that a file for `--config` gives: its keys, or, where it is the config.toml of a run, those of its
/// `[configuration]` without `inputs`, the digests of what the run read.
toml::table configuration_table(const std::filesystem::path& path);

/// The values of a table by dotted key, each as TOML text.
std::map<std::string, std::string> flatten(const toml::table& table);

/// `text` as a basic TOML string, quoted and escaped.
std::string toml_string(std::string_view text);

/// A string, number or boolean as the command line would have it: "0.9", "true"; empty for anything else.
std::string toml_scalar(const toml::node& node);

/// "a string", "a table", …, for messages.
std::string toml_type(const toml::node& node);

} // namespace cxr
