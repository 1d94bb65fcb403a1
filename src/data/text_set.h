/// @file
/// Text sets: the HDF5 files that `cxr prep reports|laion` write (docs/formats.md).
///
///     /texts UTF-8 [N] (the impression, or the prompt)   /ids UTF-8 [N]   /lengths int32 [N] (code points of each text)
///     /labels int8 [N,14] where known, in CheXpert's order   /text_checksums int32 [N] (CRC-32 of each text's bytes)
///
/// Texts are strings of variable length, since the longest prompt of a million is a hundred times the usual one; such strings lie
/// outside HDF5's checksums, so each has one of its own, which readers compare.
/// Texts may be many millions: readers take blocks, the writer flushes blocks.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

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
  /// A digest of the texts' lengths and checksums and of the attributes (what made the set): what tells one set from another.
  const std::string& identity() const { return identity_; }

 private:
  void measure();

  std::filesystem::path path_;
  hdf5::File file_;
  std::int64_t size_ = 0;
  std::string texts_dataset_; ///< "texts", or "impressions" of an image set
  at::Tensor lengths_;        ///< int32 [N]
  at::Tensor checksums_;      ///< int32 [N]
  std::map<std::string, std::string> attributes_;
  std::string identity_;
};

} // namespace cxr
