/// @file
/// A picture of a run's pictures: what it made, at a glance.
#pragma once

#include <filesystem>

namespace cxr {

/// Writes a PNG: a row a prompt (the first 32), captioned by the prompt, of its first images (at most 8), each at most 256 pixels
/// wide and high. The letters that captions have are ASCII's; others show as question marks.
/// @param results a finished `generate` run's results.h5: /images [N,H,W,3] and /prompts [N], images of a prompt side by side
void write_contact_sheet(const std::filesystem::path& png, const std::filesystem::path& results);

} // namespace cxr
