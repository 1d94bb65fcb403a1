/// @file
/// SHA-256 digests (OpenSSL): what names a configuration, an input, a file of weights.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cxr {

/// Lower-case hexadecimal SHA-256 of `bytes`.
std::string sha256(std::string_view bytes);

/// SHA-256 of a file's content. @throws InputError if it can't be read
std::string sha256_file(const std::filesystem::path& path);

} // namespace cxr
