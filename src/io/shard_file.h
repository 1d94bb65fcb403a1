/// @file
/// Shards: the HDF5 files in which ranks leave results, and their merge into one results.h5 in sample order.
/// A shard holds `/index` int64 [n] (global sample numbers, ascending) and datasets whose first axis is n, and the attributes
/// `format` "cxr-shard", `run` (the run's identity), `samples` (N of the run), and under `results:NAME` what results.h5 shall
/// carry.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "io/hdf5.h"

namespace cxr {

/// A column of results: a tensor [n, …] or n strings.
using Column = std::variant<at::Tensor, std::vector<std::string>>;
using Columns = std::map<std::string, Column>;

/// What belongs to a whole run rather than to a sample: attributes of the file ("" → name → value) and of datasets.
struct RunAttributes {
  std::string run;                                                                 ///< the run's identity
  std::int64_t samples;                                                            ///< N
  std::map<std::string, std::string> file;                                         ///< attributes of results.h5
  std::map<std::string, std::map<std::string, std::vector<std::string>>> datasets; ///< dataset → attribute → strings
};

/// Writes one shard whole or not at all.
/// @param index sample numbers, ascending
/// @param columns each with as many rows as `index`
/// @throws std::runtime_error if the disk refuses it (full, say)
void write_shard(const std::filesystem::path& path, const RunAttributes& attributes, const std::vector<std::int64_t>& index,
                 const Columns& columns);

/// The sample numbers of a shard. @throws InputError if damaged or of another run than `run`
std::vector<std::int64_t> read_shard_index(const std::filesystem::path& path, const std::string& run, std::int64_t samples);

/// Joins the shards of `folder` (`*.h5`) into `results`, in sample order, one row block at a time; whole or not at all.
/// The bytes depend on the samples alone, not on how they were spread over shards. Twice does no harm.
/// @param linked true: virtual datasets over the shards, which must then stay where they are (strings are copied)
/// @throws InputError naming the shard for one that is damaged, of another run, or holds samples that another holds too,
///   and naming the sample ranges that no shard holds
void merge_shards(const std::filesystem::path& folder, const std::filesystem::path& results, bool linked = false);

/// "0-15, 20, 31-40": how messages name sample numbers.
std::string format_ranges(const std::vector<std::int64_t>& numbers);

} // namespace cxr
