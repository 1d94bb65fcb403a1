/// @file
/// What a JPEG or PNG says of itself, read without decoding it: a hostile or mistaken size costs nothing then.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cxr {

enum class PictureKind { kJpeg, kPng };

struct PictureHeader {
  PictureKind kind;
  std::int64_t width, height; ///< pixels
  bool whole;                 ///< false if the picture's end marker (EOI, IEND) is missing: the file was cut off
};

/// @param bytes the whole file  @param name stands for it in messages
/// @throws InputError if it is neither a JPEG nor a PNG, or ends before its size is given
PictureHeader read_picture_header(std::string_view bytes, const std::string& name);

} // namespace cxr
