/// @file
/// The parts of an image set that is being made: one file a block of images, written by whichever rank decoded it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data_prep/decoding.h"
#include "dist/shard_plan.h"

namespace cxr {

class Parts {
 public:
  /// @param folder where the parts lie, made if absent  @param identity of the whole job: parts of another are refused
  /// @param samples how many images the job has
  Parts(std::filesystem::path folder, std::string identity, std::int64_t samples);

  bool has(Batch block) const;
  void write(Batch block, const std::vector<DecodedImage>& images) const;

  /// What a part says of its images without their pixels.
  struct Summary {
    at::Tensor sizes;                  ///< int32 [count,2]: height, width; 0, 0 for an image that could not be read
    std::vector<std::string> failures; ///< count; empty where the image was read
  };
  /// @throws InputError if the part is damaged or another job's
  Summary read_summary(Batch block) const;
  std::vector<DecodedImage> read(Batch block) const;

  void remove() const;

  /// Where the parts of a set lie while it is made. @param job what tells this job from others with the same --out
  static std::filesystem::path folder_of(const std::filesystem::path& out, const std::string& job);
  /// Removes the parts of a set that is whole: its launch was cut off between the set and them.
  static void remove_those_of(const std::filesystem::path& out);

 private:
  std::filesystem::path path(Batch block) const;

  std::filesystem::path folder_;
  std::string identity_;
  std::int64_t samples_;
};

} // namespace cxr
