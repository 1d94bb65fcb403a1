/// @file
/// What the parts of io/hdf5 share: the library's lock, its errors in one line, and dataspaces.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "io/hdf5.h"

namespace cxr::hdf5 {

/// Holds the HDF5 library for the calling thread. HDF5 is not safe for threads in every build, and prints its errors
/// (a setting of each thread) unless told otherwise. May be nested.
class Library {
 public:
  Library();
  /// In a forked child of the thread that holds the library: its number is another, by which the lock would not know it again.
  static void take_over_in_child();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

/// The innermost message of the library's last error, in one line.
std::string library_error();

/// Throws std::runtime_error that names the file, the object and the library's last error.
[[noreturn]] void fail_to_write(const std::filesystem::path& path, const std::string& object);

std::vector<std::int64_t> dimensions(hid_t dataset);

/// The dataspace of `dataset` with rows [begin, begin + count) selected.
Handle select_rows(hid_t dataset, std::int64_t begin, std::int64_t count);

/// A dataspace for `count` rows in memory, laid out as in `dataset`.
Handle memory_rows(hid_t dataset, std::int64_t count);

/// A new dataset of `rows` × `row_shape` elements: whole rows in chunks of about 64 KiB or more, Fletcher-32, no time stamps.
Handle new_dataset(const File& file, const std::string& name, hid_t type, std::vector<std::int64_t> shape, int deflate);

/// A new dataset [size] without chunks, filters and time stamps.
Handle new_dataset_in_one_piece(const File& file, const std::string& name, hid_t type, std::int64_t size);

/// Refuses a read of `bytes` that a file of this size can't hold (a hostile header would have us allocate it).
void check_size(const File& file, const std::string& name, hid_t dataset, double bytes);

} // namespace cxr::hdf5
