/// @file
/// A study whose numbers are known, written with the library's own HDF5 files.
#pragma once

#include <filesystem>
#include <string>

namespace cxr::test {

inline constexpr std::int64_t kStudySamples = 40;

/// Writes an image set, three runs and fid.json into `folder`, and a study.toml of one arm.
/// Atelectasis is positive in samples 0 to 9, uncertain in 10 to 14, not mentioned in the others; Pleural Effusion alternates;
/// no other label is positive. The classifier knows Atelectasis, Effusion and Pneumothorax: sample i scores 1 − i/40 in the
/// original and i/40 in the reconstruction for all of them, calibrated; a tenth of that raw.
/// RMSE is 1, 2, …, 40 grey levels; on the paper's scale 10 times that; PSNR of sample 0 is infinite; SSIM is 1 − i/100.
void write_synthetic_study(const std::filesystem::path& folder, const std::string& dataset);

void write_text(const std::filesystem::path& path, const std::string& text);

} // namespace cxr::test
