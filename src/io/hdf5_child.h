/// @file
/// Strings of variable length lie in HDF5's global heap, which no checksum guards and whose reader trusts it: on a damaged one it
/// may crash, ask for all memory, or never come back. So they are read in a child process, whose end this one survives.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/hdf5.h"

namespace cxr::hdf5 {

/// Reads rows [begin, begin + count) of something; runs in the child.
using ReadStrings = std::function<std::vector<std::string>(std::int64_t begin, std::int64_t count)>;

/// The strings of rows [0, count) of `read`, which a child process calls for some thousands at a time. Hold the Library.
/// @param object the dataset or attribute, for messages
/// @throws InputError if the child crashes, says nothing for a minute or needs much more memory than the file has bytes, or for
///   what `read` throws
std::vector<std::string> strings_from_child(const File& file, const std::string& object, std::int64_t count,
                                            const ReadStrings& read);

} // namespace cxr::hdf5
