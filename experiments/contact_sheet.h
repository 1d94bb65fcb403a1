/// @file
/// A picture of a run's pictures: what it made, at a glance.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace cxr {

/// Pictures side by side under a caption.
struct SheetRow {
  std::string caption;
  at::Tensor images; ///< uint8 [n,H,W,3], n at most 8; H and W the same for all rows
};

/// Writes a PNG of the rows, each picture at most 256 pixels wide and high. The letters that captions have are ASCII's; others show
/// as question marks.
void write_contact_sheet(const std::filesystem::path& png, const std::vector<SheetRow>& rows);

/// The same of a run: a row a prompt (the first 32), captioned by the prompt, of its first images (at most 8).
/// @param results a finished `generate` run's results.h5: /images [N,H,W,3] and /prompts [N], images of a prompt side by side
void write_contact_sheet(const std::filesystem::path& png, const std::filesystem::path& results);

} // namespace cxr
