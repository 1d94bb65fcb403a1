/// @file
/// How strings lie in HDF5 files and in memory, for datasets and attributes alike (io/hdf5.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5.h"

namespace cxr::hdf5 {

/// UTF-8 of `width` bytes (at least one: HDF5 has no strings of none), padded with zeros.
Handle fixed_type(std::int64_t width);

/// How strings of type `stored` are read: the same, but padded with zeros where the length is fixed.
Handle memory_type(hid_t stored);

/// The strings one after the other, each padded with zeros to `width` bytes.
std::string padded(std::span<const std::string> strings, std::size_t width);

/// Takes padded strings apart again.
void append_unpadded(std::vector<std::string>& strings, std::string_view bytes, std::size_t width);

/// Variable-length strings as HDF5 hands them out: it allocated them, and frees them here, by type and space.
std::vector<std::string> take_variable(std::vector<char*>& pointers, hid_t type, hid_t space);

} // namespace cxr::hdf5
