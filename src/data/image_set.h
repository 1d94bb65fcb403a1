/// @file
/// Image sets: the HDF5 files that `cxr prep` writes and every command reads (docs/formats.md).
///
///     /images uint8 [N,H,W] or [N,H,W,3]   /ids, /study_ids, /subject_ids UTF-8 [N]
///     /labels int8 [N,14]                  /reports, /impressions UTF-8 [N] where known
///
/// Images of several sizes (`prep --max-side`) are padded at the right and the bottom to the largest; /sizes int32 [N,2] (H, W)
/// holds theirs.
#pragma once

#include <torch/types.h>

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5.h"

namespace cxr {

/// The 14 labels of CheXpert, in the order of its CSV.
inline constexpr std::array<std::string_view, 14> kCheXpertLabels = {"No Finding",       "Enlarged Cardiomediastinum",
                                                                     "Cardiomegaly",     "Lung Opacity",
                                                                     "Lung Lesion",      "Edema",
                                                                     "Consolidation",    "Pneumonia",
                                                                     "Atelectasis",      "Pneumothorax",
                                                                     "Pleural Effusion", "Pleural Other",
                                                                     "Fracture",         "Support Devices"};

/// Values of /labels.
enum Label : std::int8_t { kPositive = 1, kNegative = 0, kUncertain = -1, kNotMentioned = -2 };

/// One image with what is known of it.
struct ImageRecord {
  at::Tensor image; ///< uint8 [H,W]
  std::string id, study_id, subject_id;
  std::array<std::int8_t, 14> labels{};
  std::string report, impression;
};

/// Everything of an image set but its pixels.
struct ImageSetInfo {
  std::vector<std::string> ids, study_ids, subject_ids;
  at::Tensor labels;                             ///< int8 [N,14], undefined if the set has none
  std::vector<std::string> reports, impressions; ///< empty if the set has none
  std::map<std::string, std::string> attributes; ///< source, view, seed, resize rule, program version, configuration
};

/// An image set, or a run folder or results.h5 that holds /images, open for reading.
class ImageSet {
 public:
  /// @param path an image set, a results.h5, or a run folder whose results.h5 is one
  /// @throws InputError
  explicit ImageSet(const std::filesystem::path& path);

  std::int64_t size() const { return shape_[0]; }
  std::int64_t height() const { return shape_[1]; }
  std::int64_t width() const { return shape_[2]; }
  bool is_rgb() const { return shape_.size() == 4; }
  /// Whether images have sizes of their own, smaller than the frame.
  bool has_sizes() const { return sizes_.defined(); }
  const ImageSetInfo& info() const { return info_; }
  const std::filesystem::path& path() const { return path_; }

  /// Images [begin, begin + count): uint8 [count,H,W] or [count,H,W,3]. One thread at a time.
  at::Tensor images(std::int64_t begin, std::int64_t count) const;
  /// The size (height, width) of image i before padding.
  std::pair<std::int64_t, std::int64_t> image_size(std::int64_t i) const;
  /// A digest of ids, shape and attributes (what made the set): what tells one set from another.
  const std::string& identity() const { return identity_; }
  /// Reads all images. @throws InputError if one is damaged, or they are not what the attribute `content_sha256` was made of
  void verify() const;

 private:
  ImageRecord record(std::int64_t i) const;

  std::filesystem::path path_;
  hdf5::File file_;
  std::vector<std::int64_t> shape_;
  ImageSetInfo info_;
  at::Tensor sizes_; ///< int32 [N,2] or undefined
  std::string identity_;
};

/// Writes an image set whole or not at all (temporary name, fsync, rename). @throws InputError if `path` exists
void write_image_set(const std::filesystem::path& path, const std::vector<ImageRecord>& records, bool has_labels, bool has_reports,
                     const std::map<std::string, std::string>& attributes);

} // namespace cxr
