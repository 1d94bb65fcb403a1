/// @file
/// Runs of `cxr generate` and `cxr classify` whose numbers are known, with the JSON files of `cxr fid` and `cxr diversity`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cxr::test {

inline constexpr std::int64_t kImagesAPrompt = 4;
inline constexpr const char* kNegativeText = "a photo of a lung xray";
inline constexpr const char* kPositiveText = "a photo of a lung xray with visible pleural effusion";

/// A merged run of `cxr generate`: kImagesAPrompt images of each prompt, in order. @param hue shifts the colours
void write_generate_run(const std::filesystem::path& run, const std::vector<std::string>& prompts, int hue = 0);

/// A merged run of `cxr classify` over such a run of two prompts, by a classifier that knows Effusion and Edema. Edema scores the
/// reverse; raw scores are a tenth of the calibrated ones. @param effusion calibrated scores of the samples
void write_generated_scores(const std::filesystem::path& run, const std::vector<float>& effusion);

/// What `cxr fid` writes: Inception at 64 and 2048 features, distances `fid` / 2 and `fid` with intervals ± 0.01, KID, precision
/// and recall; or, with `network` "xrv", a DenseNet at 1024.
std::string fid_json(const std::string& prompt, double fid, const std::string& network = "inception");

/// What `cxr diversity` writes: MS-SSIM 0.25, three images of which "p0001-0001" is nearest to its training image, at 2.5.
std::string diversity_json(const std::string& prompt);

/// A study of three methods: "Stable Diffusion" (AUC 0.5; distances 0.4, 0.6; of both kinds, and diversity), "U-Net, no findings
/// and abnormality with prior" (AUC 1; 0.3, 0.7, also of the style prompt 0.5) and "My_own | method" (images alone).
void write_generation_study(const std::filesystem::path& folder);

} // namespace cxr::test
