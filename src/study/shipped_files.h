/// @file
/// Files that come with the program: study files, recipes, batch scripts.
#pragma once

#include <filesystem>

namespace cxr::study {

/// Such a file or folder by its name in the source tree ("experiments/studies"): that of the installation which this program
/// belongs to, else the source tree's.
std::filesystem::path shipped(const std::filesystem::path& name);

} // namespace cxr::study
