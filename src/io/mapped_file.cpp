#include "io/mapped_file.h"

#include <cstring>

#include <sys/mman.h>

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include "core/error.h"

namespace cxr {
namespace {

namespace ipc = boost::interprocess;

constexpr std::string_view kLfsPointer = "version https://git-lfs";

void refuse_unless_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw InputError(path.string(), "", "a file", "nothing of that name");
  if (std::filesystem::is_directory(status)) throw InputError(path.string(), "", "a file", "a folder");
  if (!std::filesystem::is_regular_file(status)) throw InputError(path.string(), "", "a regular file", "something else");
  const auto size = std::filesystem::file_size(path, error);
  if (error) throw InputError(path.string(), "", "a readable file", error.message());
  if (size == 0) throw InputError(path.string(), "", "a file with content", "an empty file");
}

} // namespace

FileBytes map_file(const std::filesystem::path& path) {
  refuse_unless_file(path);
  FileBytes bytes{.name = path.string()};
  try {
    const ipc::file_mapping file(path.c_str(), ipc::read_only);
    // Copy-on-write pages count against the system's commit limit unless told not to; weights are seldom written to.
    const auto region = std::make_shared<ipc::mapped_region>(file, ipc::copy_on_write, 0, 0, nullptr, MAP_NORESERVE);
    bytes.data = static_cast<std::byte*>(region->get_address());
    bytes.size = region->get_size();
    bytes.owner = region;
  } catch (const ipc::interprocess_exception& error) {
    throw InputError(path.string(), "", "a readable file", error.what());
  }
  if (bytes.text().starts_with(kLfsPointer)) {
    throw InputError(path.string(), "", "the file itself", "a Git-LFS pointer; run git lfs pull");
  }
  return bytes;
}

std::optional<std::int64_t> checked_numel(at::IntArrayRef sizes) {
  std::int64_t product = 1;
  bool empty = false;
  for (const auto size : sizes) {
    empty |= size == 0;
    if (__builtin_mul_overflow(product, std::max<std::int64_t>(size, 1), &product)) return std::nullopt;
  }
  return empty ? 0 : product;
}

at::Tensor borrow_tensor(const FileBytes& bytes, std::size_t offset, at::IntArrayRef sizes, at::ScalarType dtype) {
  const auto count = c10::multiply_integers(sizes);
  if (count == 0) return at::empty(sizes, dtype);
  std::byte* start = bytes.data + offset;
  const auto item = c10::elementSize(dtype);
  if (reinterpret_cast<std::uintptr_t>(start) % item != 0) {
    auto copy = at::empty(sizes, dtype);
    std::memcpy(copy.data_ptr(), start, static_cast<std::size_t>(count) * item);
    return copy;
  }
  return at::from_blob(
      start, sizes, [owner = bytes.owner](void*) {}, dtype);
}

} // namespace cxr
