/// @file
/// LAION-400M's prompts (Schuhmann et al. 2021), from its Parquet files or from what img2dataset made of them, to a text set.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data_prep/prompt_files.h"

namespace cxr {

struct LaionOptions {
  std::vector<std::filesystem::path> files; ///< in their order
  PromptFormat format = PromptFormat::kParquet;
  std::vector<std::string> columns = {"TEXT", "caption"}; ///< of Parquet files, likeliest first
  std::filesystem::path out;
  std::int64_t n = 1'000'000; ///< prompts to sample; all where there are fewer
  std::uint64_t seed = 0;
  bool drop_duplicates = false;
  int threads = 1;
  std::string configuration; ///< what decides the result, kept in the set
};

/// Samples the prompts in one pass, uniformly over all that have a text, and writes them in the order of the source. The set's
/// bytes do not depend on the number of threads. A prompt that is null, empty or nothing but blanks is left out, and told. With
/// `drop_duplicates` the sample is uniform over the distinct texts, and of equal ones the first is kept.
///
/// Memory: some pages of the files a thread, and about 100 bytes a prompt of the sample (200 with `drop_duplicates`), however large
/// the source. Texts that may be in the sample are spooled on the disk of `out`: about n × (1 + log2(N / n)) of N.
/// @throws InputError; Interrupted after a signal (nothing is left of the set then)
void prepare_laion(const LaionOptions& options);

} // namespace cxr
