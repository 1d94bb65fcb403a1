/// @file
/// Whole files into memory, inflated where they are gzip streams.
#pragma once

#include <filesystem>
#include <string>

namespace cxr {

/// The file's content; a gzip stream (recognised by its first bytes, whatever the name) is inflated.
/// @throws InputError if absent, a folder, empty, larger than 2 GiB (inflated), or a gzip stream that is cut off or damaged
std::string read_whole_file(const std::filesystem::path& path);

} // namespace cxr
