/// @file
/// Whether a study can be run where it is asked for, before anything of it is.
#pragma once

#include <filesystem>
#include <string>

namespace cxr::study {

/// "a link to X, which does not exist" of a path that is such a link; empty for any other.
std::string link_to_nothing(const std::filesystem::path& path);

/// Nothing, a folder, or a link to one. @throws InputError for a file, or a link to nothing
void check_place(const std::filesystem::path& folder);

/// The folder, made with those above it where it is not there. @throws InputError for what check_place() refuses, and for a place
/// that can't be written
void make_place(const std::filesystem::path& folder);

} // namespace cxr::study
