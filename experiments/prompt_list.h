/// @file
/// The prompts of a run, and which image of which prompt a sample is: sample i is image i % N of prompt i / N.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dist/shard_plan.h"
#include "io/shard_file.h"

namespace cxr {

/// Prompts of a text set, or of an image set's impressions, or a prompt a line of a text file (blank lines are passed over).
/// @throws InputError for a file of no prompts, and for a line that is no UTF-8 or has a U+0000
std::vector<std::string> read_prompts(const std::filesystem::path& file);

class PromptList {
 public:
  /// @param images of each prompt, at least 1
  PromptList(std::vector<std::string> prompts, std::int64_t images) : prompts_(std::move(prompts)), images_(images) {}

  const std::vector<std::string>& prompts() const { return prompts_; }
  std::int64_t images() const { return images_; }
  std::int64_t samples() const { return std::ssize(prompts_) * images_; }

  const std::string& prompt(std::int64_t sample) const { return prompts_[static_cast<std::size_t>(sample / images_)]; }
  /// "p0003-0012": image 12 of prompt 3, both from 0.
  std::string id(std::int64_t sample) const;
  /// /ids and /prompts of the batch's samples.
  Columns columns(Batch batch) const;
  /// SHA-256 of the prompts: what tells one list from another.
  std::string digest() const;

 private:
  std::vector<std::string> prompts_;
  std::int64_t images_;
};

} // namespace cxr
