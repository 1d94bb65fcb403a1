/// @file
/// Small files for trees as the data sets lay them out.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/error.h"

namespace cxr::test {

void write_text(const std::filesystem::path& path, const std::string& text);
void write_gzip(const std::filesystem::path& path, const std::string& text);
/// A PNG under any name (readers look at the content): a grey ramp that starts at `grey`, 24 x 32 pixels.
void write_picture(const std::filesystem::path& path, int grey);
/// A MONOCHROME1 DICOM file of 16 bits: the same ramp, inverted; `position` is its ViewPosition.
void write_dicom(const std::filesystem::path& path, int grey, const std::string& position);

std::string read_bytes(const std::filesystem::path& path);
/// What the InputError that `call` throws says.
std::string input_error(const std::function<void()>& call);

} // namespace cxr::test
