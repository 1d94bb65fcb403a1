/// @file
/// The shards of one run, seen as a whole: what io/shard_merge.cpp copies or links.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "io/hdf5.h"
#include "io/shard_format.h"

namespace cxr {

/// A dataset as every shard of a run has it.
struct ColumnType {
  std::string name;
  bool is_string = false;
  at::ScalarType dtype = at::kByte;    ///< of a tensor
  std::vector<std::int64_t> row_shape; ///< of a tensor
  std::int64_t width = 0;              ///< of strings: the longest of all shards, in bytes

  std::int64_t row_bytes() const;
  /// "scores: float [n,18]"; shards of one run agree in it.
  std::string describe() const;
};

/// Rows [row, row + count) of a shard.
struct Segment {
  std::size_t shard;
  std::int64_t row, count;
};

class ShardSet {
 public:
  /// Reads which samples each shard of `folder` (`*.h5`) holds.
  /// @throws InputError naming the shard that is damaged, of another run, of other datasets, or holds samples that another
  ///   holds too; and naming the samples that no shard holds
  explicit ShardSet(const std::filesystem::path& folder);

  const shard::Identity& identity() const { return identity_; }
  const std::vector<ColumnType>& columns() const { return columns_; }
  const std::vector<std::filesystem::path>& paths() const { return paths_; }

  /// The shard that holds sample 0: its attributes stand for the run's.
  const hdf5::File& first() const { return file(static_cast<std::size_t>(owner_.at(0))); }

  /// Where samples [begin, begin + count) lie, in sample order.
  std::vector<Segment> segments(std::int64_t begin, std::int64_t count) const;

  /// A shard, open; valid until the next call.
  const hdf5::File& file(std::size_t shard) const;

 private:
  void add(const std::filesystem::path& path);
  void check_columns(const hdf5::File& file, std::int64_t rows);
  void claim(const std::filesystem::path& path, const std::vector<std::int64_t>& index);
  void check_complete(const std::filesystem::path& folder) const;

  shard::Identity identity_{};
  std::vector<std::filesystem::path> paths_;
  std::vector<ColumnType> columns_;
  std::vector<std::int32_t> owner_; ///< sample → shard, -1 for none
  std::vector<std::int64_t> row_;   ///< sample → row of that shard
  mutable std::map<std::size_t, hdf5::File> open_;
};

} // namespace cxr
