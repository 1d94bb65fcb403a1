/// @file
/// A study of every kind of part, with figures, a training and steps: what `cxr report` reads.
#pragma once

#include <filesystem>
#include <string>

namespace cxr::test {

struct ReportStudy {
  std::string title = "A synthetic study", notice;
  bool is_private = false;
  std::string name = "Stable Diffusion"; ///< of the first method, whatever stands in it
};

inline constexpr const char* kPatientFolder =
    "/data/files/p10/p10000032"; ///< outside of the study; the training's images lie there
inline constexpr const char* kReportText = "FINDINGS: the heart is enlarged"; ///< which a command had as a prompt
inline constexpr const char* kWeightsDigest = "9b2581a126ed162d84cfea59999101c56a66b6fac27892c1ef64df6be5e74e1f";

/// One arm (MIMIC-CXR), two encoders and a bag of words, and two methods: the first with distances, scores and diversity, generated
/// with the U-Net that runs/train made on two ranks of "node7"; the second has images alone. figures/ has one of numbers (SVG) and
/// one of images (PNG).
void write_report_study(const std::filesystem::path& folder, const ReportStudy& study = {});

} // namespace cxr::test
