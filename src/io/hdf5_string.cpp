// Strings in and out of HDF5 datasets.
#include "core/error.h"
#include "io/hdf5.h"
#include "io/hdf5_child.h"
#include "io/hdf5_library.h"
#include "io/hdf5_text.h"

namespace cxr::hdf5 {
namespace {

constexpr int kStringDeflate = 1;             // reports differ in length, so most of a padded column is zeros
constexpr std::int64_t kBlockBytes = 8 << 20; // what a padded copy takes at a time

std::int64_t longest(const std::vector<std::string>& strings) {
  std::size_t width = 0;
  for (const auto& text : strings) width = std::max(width, text.size());
  return static_cast<std::int64_t>(width);
}

void write_block(const File& file, const std::string& name, hid_t dataset, hid_t type, std::int64_t begin, std::int64_t rows,
                 const void* data) {
  if (rows == 0) return;
  const auto to = select_rows(dataset, begin, rows), from = memory_rows(dataset, rows);
  if (H5Dwrite(dataset, type, from.get(), to.get(), H5P_DEFAULT, data) < 0) fail_to_write(file.path(), name);
}

} // namespace

bool File::is_string(const std::string& name) const {
  const Library library;
  const auto dataset = open_dataset(name);
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  return H5Tget_class(type.get()) == H5T_STRING;
}

std::int64_t File::string_width(const std::string& name) const {
  const Library library;
  const auto dataset = open_dataset(name);
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  return H5Tis_variable_str(type.get()) > 0 ? 0 : static_cast<std::int64_t>(H5Tget_size(type.get()));
}

std::vector<std::string> File::read_strings(const std::string& name) const {
  const auto dims = shape(name);
  return read_string_rows(name, 0, dims.empty() ? 0 : dims[0]);
}

std::vector<std::string> File::read_string_rows(const std::string& name, std::int64_t begin, std::int64_t count) const {
  const Library library;
  const auto dataset = open_dataset(name);
  const auto dims = dimensions(dataset.get());
  const Handle stored(H5Dget_type(dataset.get()), H5Tclose);
  if (dims.size() != 1 || H5Tget_class(stored.get()) != H5T_STRING) {
    throw InputError(path_.string(), name, "a list of strings", fmt::format("another type, or {} axes", dims.size()));
  }
  expects(begin >= 0 && count >= 0 && count <= dims[0] - begin, "{}: {} has no rows {} to {}", path_.string(), name, begin,
          begin + count);
  const auto type = memory_type(stored.get());
  const auto width = static_cast<std::int64_t>(H5Tget_size(type.get())); // of a pointer where the length varies
  check_size(*this, name, dataset.get(), static_cast<double>(width) * static_cast<double>(count));
  std::vector<std::string> strings;
  strings.reserve(static_cast<std::size_t>(count));
  const auto read_block = [&](std::int64_t first, std::int64_t rows, void* out) {
    const auto from = select_rows(dataset.get(), first, rows), to = memory_rows(dataset.get(), rows);
    if (H5Dread(dataset.get(), type.get(), to.get(), from.get(), H5P_DEFAULT, out) < 0) {
      throw InputError(path_.string(), name, "undamaged data", library_error());
    }
  };
  if (count > 0 && H5Tis_variable_str(stored.get()) > 0) {
    return strings_from_child(*this, name, count, [&](std::int64_t first, std::int64_t rows) {
      std::vector<char*> pointers(static_cast<std::size_t>(rows), nullptr);
      read_block(begin + first, rows, pointers.data());
      return take_variable(pointers, type.get(), memory_rows(dataset.get(), rows).get());
    });
  }
  const auto block = std::max<std::int64_t>(kBlockBytes / width, 1);
  for (auto first = begin; first < begin + count; first += block) {
    const auto rows = std::min(block, begin + count - first);
    std::string bytes(static_cast<std::size_t>(rows * width), '\0');
    read_block(first, rows, bytes.data());
    append_unpadded(strings, bytes, static_cast<std::size_t>(width));
  }
  return strings;
}

void File::create_strings(const std::string& name, std::int64_t rows, std::int64_t width) {
  const Library library;
  new_dataset(*this, name, fixed_type(width).get(), {rows}, kStringDeflate).close(path_, name);
}

void File::write_strings(const std::string& name, const std::vector<std::string>& strings) {
  create_strings(name, std::ssize(strings), longest(strings));
  write_string_rows(name, 0, strings);
}

void File::write_string_rows(const std::string& name, std::int64_t begin, const std::vector<std::string>& strings) {
  const Library library;
  auto dataset = open_dataset(name);
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  const auto width = static_cast<std::int64_t>(H5Tget_size(type.get()));
  expects(longest(strings) <= width, "{}: a string longer than the {} bytes of {}", path_.string(), width, name);
  const auto block = std::max<std::int64_t>(kBlockBytes / width, 1);
  for (std::int64_t first = 0; first < std::ssize(strings); first += block) {
    const auto rows = std::min(block, std::ssize(strings) - first);
    const auto bytes = padded(std::span(strings).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(rows)),
                              static_cast<std::size_t>(width));
    write_block(*this, name, dataset.get(), type.get(), begin + first, rows, bytes.data());
  }
  dataset.close(path_, name);
}

} // namespace cxr::hdf5
