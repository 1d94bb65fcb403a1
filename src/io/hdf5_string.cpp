// Strings in and out of HDF5 datasets and attributes.
#include "core/error.h"
#include "io/hdf5.h"
#include "io/hdf5_library.h"

namespace cxr::hdf5 {
namespace {

constexpr int kStringDeflate = 1;             // reports differ in length, so most of a padded column is zeros
constexpr std::int64_t kBlockBytes = 8 << 20; // what a padded copy takes at a time

Handle fixed_type(std::int64_t width) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), static_cast<std::size_t>(std::max<std::int64_t>(width, 1))); // HDF5 has no strings of no bytes
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

// How strings of `stored` lie in memory: the same, but padded with zeros where the length is fixed.
Handle memory_type(hid_t stored) {
  Handle type(H5Tcopy(stored), H5Tclose);
  if (H5Tis_variable_str(stored) <= 0) H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

std::int64_t longest(const std::vector<std::string>& strings) {
  std::size_t width = 0;
  for (const auto& text : strings) width = std::max(width, text.size());
  return static_cast<std::int64_t>(width);
}

std::string padded(std::span<const std::string> strings, std::size_t width) {
  std::string bytes(strings.size() * width, '\0');
  for (std::size_t i = 0; i < strings.size(); ++i) strings[i].copy(bytes.data() + i * width, width);
  return bytes;
}

void append_unpadded(std::vector<std::string>& strings, std::string_view bytes, std::size_t width) {
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    const auto text = bytes.substr(at, width);
    strings.emplace_back(text.substr(0, text.find_last_not_of('\0') + 1));
  }
}

// Variable-length strings as HDF5 hands them out: it allocates them, and frees them by type and space.
std::vector<std::string> take_variable(std::vector<char*>& pointers, hid_t type, hid_t space) {
  std::vector<std::string> strings;
  for (const char* text : pointers) strings.emplace_back(text ? text : "");
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
  return strings;
}

Handle open_object(const File& file, const std::string& object) {
  Handle id(H5Oopen(file.id(), object.c_str(), H5P_DEFAULT), H5Oclose);
  if (!id) throw InputError(file.path().string(), object, "a dataset or group", library_error());
  return id;
}

herr_t take_name(hid_t, const char* name, const H5A_info_t*, void* out) {
  static_cast<std::vector<std::string>*>(out)->emplace_back(name);
  return 0;
}

void put_attribute(const File& file, const std::string& object, const std::string& name, hid_t space,
                   std::span<const std::string> values) {
  std::size_t width = 1;
  for (const auto& value : values) width = std::max(width, value.size());
  const auto type = fixed_type(static_cast<std::int64_t>(width));
  const auto id = open_object(file, object);
  const Handle attribute(H5Acreate2(id.get(), name.c_str(), type.get(), space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const auto bytes = padded(values, width);
  if (!attribute || (!values.empty() && H5Awrite(attribute.get(), type.get(), bytes.data()) < 0)) {
    fail_to_write(file.path(), fmt::format("attribute {} of {}", name, object));
  }
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
    std::vector<char*> pointers(static_cast<std::size_t>(count), nullptr);
    read_block(begin, count, pointers.data());
    return take_variable(pointers, type.get(), memory_rows(dataset.get(), count).get());
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
  new_dataset(*this, name, fixed_type(width).get(), {rows}, kStringDeflate);
}

void File::write_strings(const std::string& name, const std::vector<std::string>& strings) {
  create_strings(name, std::ssize(strings), longest(strings));
  write_string_rows(name, 0, strings);
}

void File::write_string_rows(const std::string& name, std::int64_t begin, const std::vector<std::string>& strings) {
  const Library library;
  const auto dataset = open_dataset(name);
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  const auto width = static_cast<std::int64_t>(H5Tget_size(type.get()));
  expects(longest(strings) <= width, "{}: a string longer than the {} bytes of {}", path_.string(), width, name);
  const auto block = std::max<std::int64_t>(kBlockBytes / width, 1);
  for (std::int64_t first = 0; first < std::ssize(strings); first += block) {
    const auto rows = std::min(block, std::ssize(strings) - first);
    const auto bytes = padded(std::span(strings).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(rows)),
                              static_cast<std::size_t>(width));
    const auto to = select_rows(dataset.get(), begin + first, rows), from = memory_rows(dataset.get(), rows);
    if (H5Dwrite(dataset.get(), type.get(), from.get(), to.get(), H5P_DEFAULT, bytes.data()) < 0) fail_to_write(path_, name);
  }
}

std::vector<std::string> File::attributes(const std::string& object) const {
  const Library library;
  std::vector<std::string> names;
  H5Aiterate2(open_object(*this, object).get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, take_name, &names);
  std::sort(names.begin(), names.end());
  return names;
}

bool File::has_attribute(const std::string& object, const std::string& name) const {
  const Library library;
  return H5Aexists(open_object(*this, object).get(), name.c_str()) > 0;
}

std::vector<std::string> File::read_attribute_strings(const std::string& object, const std::string& name) const {
  const Library library;
  const auto field = fmt::format("attribute {} of {}", name, object);
  if (!has_attribute(object, name)) throw InputError(path_.string(), field, "a value", "none");
  const auto id = open_object(*this, object);
  const Handle attribute(H5Aopen(id.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
  const Handle stored(H5Aget_type(attribute.get()), H5Tclose);
  if (!attribute || H5Tget_class(stored.get()) != H5T_STRING) throw InputError(path_.string(), field, "strings", "another type");
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  const auto count = static_cast<std::size_t>(std::max<hssize_t>(H5Sget_simple_extent_npoints(space.get()), 0));
  if (count == 0) return {};
  const auto type = memory_type(stored.get());
  const auto width = H5Tget_size(type.get());
  hsize_t file_bytes = 0;
  H5Fget_filesize(file_.get(), &file_bytes);
  if (static_cast<double>(width) * static_cast<double>(count) > static_cast<double>(file_bytes)) {
    throw InputError(path_.string(), field, "a value that fits into the file", fmt::format("{} strings of {} bytes", count, width));
  }
  const auto read = [&](void* out) {
    if (H5Aread(attribute.get(), type.get(), out) < 0) throw InputError(path_.string(), field, "undamaged data", library_error());
  };
  if (H5Tis_variable_str(stored.get()) > 0) {
    std::vector<char*> pointers(count, nullptr);
    read(pointers.data());
    return take_variable(pointers, type.get(), space.get());
  }
  std::string bytes(count * width, '\0');
  read(bytes.data());
  std::vector<std::string> strings;
  append_unpadded(strings, bytes, width);
  return strings;
}

std::string File::read_attribute(const std::string& object, const std::string& name) const {
  auto strings = read_attribute_strings(object, name);
  if (strings.size() != 1) {
    throw InputError(path_.string(), fmt::format("attribute {} of {}", name, object), "one string",
                     fmt::format("{}", strings.size()));
  }
  return std::move(strings.front());
}

void File::write_attribute(const std::string& object, const std::string& name, const std::string& value) {
  const Library library;
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  put_attribute(*this, object, name, space.get(), std::span(&value, 1));
}

void File::write_attribute(const std::string& object, const std::string& name, const std::vector<std::string>& values) {
  const Library library;
  const hsize_t count = values.size();
  const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  put_attribute(*this, object, name, space.get(), values);
}

} // namespace cxr::hdf5
