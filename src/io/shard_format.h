/// @file
/// What the writer of shards and their merge agree on (io/shard_file.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/hdf5.h"

namespace cxr::shard {

inline constexpr const char* kFormat = "cxr-shard";
inline constexpr const char* kIndex = "index";
/// Attributes of a shard's file that results.h5 shall carry, under this prefix.
inline const std::string kResultsPrefix = "results:";

/// Whose samples a shard holds.
struct Identity {
  std::string run;
  std::int64_t samples;
};

/// @throws InputError if `file` is no shard
Identity read_identity(const hdf5::File& file);

/// The sample numbers, ascending and below `samples`. @throws InputError if they are not
std::vector<std::int64_t> read_index(const hdf5::File& file, std::int64_t samples);

} // namespace cxr::shard
