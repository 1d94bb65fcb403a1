/// @file
/// HDF5 files as the program writes and reads them: move-only handles over the C interface, tensors and strings in
/// and out. Every dataset carries a Fletcher-32 checksum (but those in one piece, io/hdf5_blocks.h) and no time stamps, so equal
/// content gives equal bytes.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <hdf5.h>

namespace cxr::hdf5 {

/// Owns an HDF5 identifier and the function that closes it.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close closing) : id_(id), close_(closing) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  /// Closes without a look at whether it worked: for what was read, and where an exception unwinds.
  void reset();
  /// Closes what was written: HDF5 may put data on the disk only now. @throws std::runtime_error naming file and object
  void close(const std::filesystem::path& file, const std::string& object);
  /// Gives the identifier up without closing it.
  hid_t release() { return std::exchange(id_, H5I_INVALID_HID); }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// A file open for reading or writing. One thread at a time; several files may be used by several threads.
/// Reading methods throw InputError (file, dataset, expected, found) for whatever the file lacks or has damaged.
/// Writing methods throw std::runtime_error naming the file (a full disk, say).
class File {
 public:
  /// Opens for reading. @throws InputError if absent, empty, truncated or no HDF5 file
  static File open(const std::filesystem::path& path);
  /// Creates or truncates. Callers write under a temporary name and commit (core/atomic_file.h).
  static File create(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }

  /// Whether the root has something of that name.
  bool has(const std::string& name) const;
  /// Names of the datasets at the root, sorted.
  std::vector<std::string> datasets() const;
  std::vector<std::int64_t> shape(const std::string& name) const;
  at::ScalarType dtype(const std::string& name) const;
  bool is_string(const std::string& name) const;

  /// The whole dataset. uint8, int8, int32, int64, float32, float64; a checksum that does not match is an InputError.
  at::Tensor read(const std::string& name) const;
  /// Rows [begin, begin + count) of the first axis.
  at::Tensor read_rows(const std::string& name, std::int64_t begin, std::int64_t count) const;
  /// UTF-8 [N]; fixed-length or variable-length (these in a child process, io/hdf5_child.h).
  std::vector<std::string> read_strings(const std::string& name) const;
  std::vector<std::string> read_string_rows(const std::string& name, std::int64_t begin, std::int64_t count) const;
  /// How many bytes each string of a fixed-length dataset takes; 0 for a variable-length one.
  std::int64_t string_width(const std::string& name) const;

  /// A new dataset from a tensor (made contiguous, on the CPU); chunked by row of the first axis, checksummed.
  /// @param deflate 0 for none, else the gzip level
  void write(const std::string& name, const at::Tensor& tensor, int deflate = 0);
  /// UTF-8 [N], each padded with zeros to the longest: variable-length strings would lie outside the checksums.
  void write_strings(const std::string& name, const std::vector<std::string>& strings);
  /// A dataset of `rows` rows of `row_shape`, filled later by write_rows.
  void create_dataset(const std::string& name, at::ScalarType dtype, std::int64_t rows, const std::vector<std::int64_t>& row_shape,
                      int deflate = 0);
  /// A dataset [size] without chunks or checksum, for io/hdf5_blocks.h.
  void create_in_one_piece(const std::string& name, at::ScalarType dtype, std::int64_t size);
  void write_rows(const std::string& name, std::int64_t begin, const at::Tensor& rows);
  /// A dataset of `rows` strings of at most `width` bytes, filled later by write_string_rows.
  void create_strings(const std::string& name, std::int64_t rows, std::int64_t width);
  void write_string_rows(const std::string& name, std::int64_t begin, const std::vector<std::string>& strings);

  /// Attributes of the file (`object` "/") or of a dataset. Their values are strings.
  std::vector<std::string> attributes(const std::string& object) const; ///< names, sorted
  bool has_attribute(const std::string& object, const std::string& name) const;
  std::string read_attribute(const std::string& object, const std::string& name) const;
  std::vector<std::string> read_attribute_strings(const std::string& object, const std::string& name) const;
  void write_attribute(const std::string& object, const std::string& name, const std::string& value);
  void write_attribute(const std::string& object, const std::string& name, const std::vector<std::string>& values);

  /// Flushes and closes; after it the file may be committed. @throws std::runtime_error if the disk refused the data
  void close();

  /// The identifier, for code that needs more of HDF5 (virtual datasets); borrowed.
  hid_t id() const { return file_.get(); }

 private:
  File(Handle file, std::filesystem::path path) : file_(std::move(file)), path_(std::move(path)) {}
  void check_virtual_sources(const std::string& name, hid_t creation) const;
  void check_written() const;
  Handle open_dataset(const std::string& name) const;

  Handle file_;
  std::filesystem::path path_;
  mutable std::set<std::string> checked_; ///< virtual datasets whose sources were all found
};

} // namespace cxr::hdf5
