/// @file
/// Which images of a set a measure counts: those of one prompt, those with one label.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cxr {

/// Numbers of images in a set, ascending.
using Rows = std::vector<std::int64_t>;

/// 0 … count-1
Rows all_rows(std::int64_t count);

/// The images that `cxr generate` drew for `prompt`. @param path a run or a set with /prompts
/// @throws InputError if there is no /prompts, or none is `prompt`: it lists those there are
Rows rows_with_prompt(const std::filesystem::path& path, const std::string& prompt);

/// The images whose label has this value. @param path an image set  @param condition "Pleural Effusion=1" (1 positive, 0 negative,
/// -1 uncertain, -2 not mentioned)  @param option that gave the condition, for messages
/// @throws InputError for another label or value, a set without labels, and if no image has it
Rows rows_with_label(const std::filesystem::path& path, const std::string& condition, const std::string& option);

} // namespace cxr
