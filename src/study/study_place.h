/// @file
/// Whether a study can be run where it is asked for, before anything of it is.
#pragma once

#include <filesystem>

namespace cxr::study {

/// Nothing, a folder, or a link to one. @throws InputError for a file, or a link to nothing
void check_place(const std::filesystem::path& folder);

/// The folder, made with those above it where it is not there. @throws InputError for what check_place() refuses, and for a place
/// that can't be written
void make_place(const std::filesystem::path& folder);

} // namespace cxr::study
