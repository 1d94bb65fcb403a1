/// @file
/// What `cxr diversity --json` printed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "analysis/table.h"
#include "data/image_set.h"
#include "io/json.h"

namespace cxr {

/// How alike the images of a prompt are, and how near to those that a model was trained on. What a file lacks is NaN. Reading
/// methods throw InputError (file, field, expected, found).
class DiversityResult {
 public:
  explicit DiversityResult(const std::filesystem::path& path);
  /// @throws InputError where the result says that it measured other images
  void require_of(const ImageSet& images) const;

  const std::filesystem::path& path() const { return file_.path(); }
  /// The prompt of the images. @throws InputError if the file is of all images
  std::string prompt() const;

  /// Mean MS-SSIM of pairs of images.
  Cell ms_ssim() const;

  /// Of each generated image, how far the training image is that is nearest to it.
  struct Nearest {
    Cell mean, smallest;
    /// The share of images nearer to a training image than that one's own nearest other training image is.
    Cell closer;
  };
  /// By pixels, in grey levels.
  Nearest nearest() const { return summary("nearest_summary"); }
  /// By a classifier's features.
  Nearest nearest_by_features() const { return summary("feature_nearest_summary"); }

  /// A generated image and the training image that is nearest to it.
  struct Pair {
    std::string id, nearest_id;
    double distance;
  };
  /// The nearest of all pairs, by pixels; none in a file without training images.
  std::optional<Pair> nearest_pair() const;

 private:
  Nearest summary(const std::string& field) const;

  JsonFile file_;
};

} // namespace cxr
