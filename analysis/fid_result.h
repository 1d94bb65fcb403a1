/// @file
/// What `cxr fid --json` printed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/table.h"
#include "data/image_set.h"
#include "io/json.h"

namespace cxr {

inline constexpr const char* kRandomInceptionNote =
    "Inception has random weights: these distances show that the computation works, and nothing about the images.";

/// The distances between two sets by feature count, and the other measures of those features. Reading methods throw InputError
/// (file, field, expected, found).
class FidResult {
 public:
  explicit FidResult(const std::filesystem::path& path);
  /// @throws InputError where the result says that it measured other generated images
  void require_of(const ImageSet& generated) const;

  const std::filesystem::path& path() const { return file_.path(); }
  bool has_random_weights() const;
  /// Whether the features are a DenseNet's, which knows radiographs, instead of Inception's.
  bool is_xrv() const;
  std::int64_t batch_size() const;
  /// The feature counts that the file has, ascending.
  std::vector<std::int64_t> taps() const;

  /// The whole sets' distance; its interval is NaN in a file without one.
  Cell distance(std::int64_t tap) const;
  /// Distances of batches; none in a file without them.
  std::vector<double> batches(std::int64_t tap) const;
  /// Kernel distance, and how much of each set the other's manifold covers: NaN where the file lacks them.
  Cell kid(std::int64_t tap) const;
  Cell precision(std::int64_t tap) const { return share("precision", tap); }
  Cell recall(std::int64_t tap) const { return share("recall", tap); }

  /// The prompt of the generated images. @throws InputError if the file is of all images
  std::string prompt() const;
  /// How many generated images there were, and which real ones: for notes.
  std::int64_t generated_images() const;
  std::string real_images(NoteDetail detail) const;

 private:
  bool has(const std::string& field, std::int64_t tap) const;
  Cell share(const std::string& field, std::int64_t tap) const;

  JsonFile file_;
};

} // namespace cxr
