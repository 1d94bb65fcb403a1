/// @file
/// Files mapped into memory, and tensors that borrow the mapping.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cxr {

/// A file's bytes and whatever keeps them alive. Readers parse these, so that memory does as well as a file.
struct FileBytes {
  std::string name;          ///< stands for the file in messages
  std::byte* data = nullptr; ///< writable, yet writes never reach the file
  std::size_t size = 0;
  std::shared_ptr<void> owner; ///< held by every tensor that borrows `data`

  std::string_view text() const { return {reinterpret_cast<const char*>(data), size}; }
};

/// Maps a file copy-on-write. The file must not shrink while it is mapped.
/// @throws InputError if absent, not a regular file, unreadable, empty or a Git-LFS pointer
FileBytes map_file(const std::filesystem::path& path);

/// How many axes a tensor may have: LibTorch's iterators keep a bit an axis in 64-bit sets.
inline constexpr std::size_t kMostAxes = 64;

/// The number of elements of a tensor of these sizes, which are not negative; none if it, or the strides that LibTorch derives
/// from the sizes (an axis of 0 counts as 1 there), do not fit 63 bits.
std::optional<std::int64_t> checked_numel(at::IntArrayRef sizes);

/// A contiguous tensor over `bytes.data + offset`; a copy where that address is not aligned to the item size.
/// The caller has checked that sizes × item size bytes lie inside `bytes` and that the product does not overflow.
at::Tensor borrow_tensor(const FileBytes& bytes, std::size_t offset, at::IntArrayRef sizes, at::ScalarType dtype);

} // namespace cxr
