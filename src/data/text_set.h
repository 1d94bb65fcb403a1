/// @file
/// Text sets: the HDF5 files that `cxr prep reports|laion` write (docs/formats.md).
///
///     /text_bytes, /text_offsets: the impressions, or the prompts (data/packed_texts.h)
///     /ids UTF-8 [N]   /lengths int32 [N] (code points of each text)   /labels int8 [N,14] where known, in CheXpert's order
///
/// Texts may be many millions: readers take blocks, the writer flushes blocks. Sets of format version 1 have /texts, strings of
/// variable length, and /text_checksums int32 [N], the CRC-32 of each.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/packed_texts.h"
#include "io/hdf5.h"

namespace cxr {

/// A text set, or an image set (its impressions), open for reading.
class TextSet {
 public:
  /// @param path a text set, an image set, or a run folder whose results.h5 is an image set
  /// @throws InputError for a file that is neither, an image set without impressions, or a set of no texts
  explicit TextSet(const std::filesystem::path& path);

  std::int64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }
  /// Texts [begin, begin + count). One thread at a time. @throws InputError if one is damaged
  std::vector<std::string> texts(std::int64_t begin, std::int64_t count) const;
  std::vector<std::string> ids(std::int64_t begin, std::int64_t count) const;
  /// Code points of each text, int32 [N]: what work is balanced by before anything is tokenised.
  const at::Tensor& lengths() const { return lengths_; }
  /// int8 [N,14], undefined if the set has none.
  at::Tensor labels() const;
  const std::map<std::string, std::string>& attributes() const { return attributes_; }
  /// A digest of the attributes, of which `content_sha256` stands for texts, ids and labels; of a set without packed texts, of the
  /// texts' lengths and checksums too: what tells one set from another.
  const std::string& identity() const { return identity_; }
  /// Reads all that the set holds. @throws InputError if something is damaged, or not what `content_sha256` was made of
  void verify() const;

 private:
  void measure();
  void check_text(std::int64_t row, std::string_view text) const;
  std::string digest() const;

  std::filesystem::path path_;
  hdf5::File file_;
  std::int64_t size_ = 0;
  std::optional<PackedTexts> packed_;
  std::string texts_dataset_; ///< of a set without packed texts: "texts", or "impressions" of an image set
  at::Tensor lengths_;        ///< int32 [N]
  at::Tensor checksums_;      ///< int32 [N], of a set without packed texts
  std::map<std::string, std::string> attributes_;
  std::string identity_;
};

} // namespace cxr
