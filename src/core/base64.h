/// @file
/// Bytes as text (RFC 4648), for what is embedded in a page.
#pragma once

#include <string>
#include <string_view>

namespace cxr {

/// Base64 of `bytes`, padded, on one line.
std::string base64(std::string_view bytes);

} // namespace cxr
