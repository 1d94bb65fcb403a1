/// @file
/// Checks of the paths that every `cxr prep` takes, made before anything is read.
#pragma once

#include <filesystem>

namespace cxr {

/// @throws InputError (`--out`) if something has that name
void check_out(const std::filesystem::path& out);

/// @throws InputError (`--root`) if it is no folder
void check_root(const std::filesystem::path& root);

} // namespace cxr
