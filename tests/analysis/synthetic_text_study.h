/// @file
/// Runs of `cxr retrieve` and `cxr embed` whose numbers are known, and a study of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cxr::test {

inline constexpr std::int64_t kStudyReports = 42; ///< three of each class: report i is of class i % 14

/// A merged run of `cxr retrieve`: every report of class c scores `score` + c / 100.
void write_retrieve_run(const std::filesystem::path& run, double score, const std::string& similarity = "dot", std::int64_t k = 10);
/// A merged run of `cxr embed` over the same reports: 14 clusters.
void write_embed_run(const std::filesystem::path& run);

/// study.toml of two encoders: "CLIP" (cls 0.2, pooler 0.5 with embeddings, mean 0.3) and "Toy | BERT" (cls 0.1, specific 0.1), and
/// a bag of words (0.4).
void write_synthetic_text_study(const std::filesystem::path& folder);

} // namespace cxr::test
