/// @file
/// Writes image sets (data/image_set.h) a few images at a time, so that a set may be larger than memory.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/atomic_file.h"
#include "core/digest.h"
#include "data/image_set.h"
#include "io/hdf5.h"

namespace cxr {

/// What the file's attributes `format` and `format_version` say.
inline constexpr const char* kImageSetFormat = "cxr-image-set";
inline constexpr const char* kImageSetVersion = "1";

/// Adds an image, as a set holds it, to the digest that its attribute `content_sha256` is.
/// @param record labels and texts that the set does not hold are zeros and empty
void add_content(Sha256& digest, const ImageRecord& record);

/// What is known of a set before its first image.
struct ImageSetPlan {
  std::int64_t rows = 0;              ///< how many images will be added
  std::int64_t height = 0, width = 0; ///< the frame: the largest height and the largest width
  bool has_labels = false;
  bool has_reports = false; ///< even then /reports and /impressions are left out if every one is empty
  std::map<std::string, std::string> attributes;
};

/// The file exists under its name once finish() returns, and not at all before.
class ImageSetWriter {
 public:
  /// @throws InputError if `path` exists
  ImageSetWriter(std::filesystem::path path, ImageSetPlan plan);

  /// The next row. An image smaller than the frame is padded with zeros at the right and the bottom, and its size is kept in
  /// /sizes.
  void add(const ImageRecord& record);
  /// After the last row: writes what is not pixels and moves the file to its name.
  void finish();

 private:
  void flush_images();
  ImageRecord stored(ImageRecord record) const;

  ImageSetPlan plan_;
  AtomicFile target_;
  hdf5::File file_;
  std::vector<at::Tensor> pending_; ///< framed images not yet in the file
  ImageSetInfo info_;
  std::vector<std::int8_t> labels_;
  std::vector<std::int32_t> sizes_; ///< height, width of each image
  bool several_sizes_ = false;
  Sha256 content_; ///< for the attribute content_sha256
};

} // namespace cxr
