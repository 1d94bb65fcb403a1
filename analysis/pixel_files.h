/// @file
/// Images for gnuplot, which reads their pixels from files.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/atomic_file.h"

namespace cxr {

/// Files of pixels beside a figure, which go with the object.
class PixelFiles {
 public:
  explicit PixelFiles(const std::filesystem::path& target) : target_(target) {}

  /// The plot's data clause for an image, first row on top. @param pixels int16 [H,W], or uint8 [H,W,3] for `with rgbimage`
  std::string add(const at::Tensor& pixels);

 private:
  std::filesystem::path target_;
  std::vector<std::unique_ptr<AtomicFile>> files_; ///< never committed: removed at the end
};

} // namespace cxr
