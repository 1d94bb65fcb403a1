// Attributes of HDF5 files and datasets: strings all.
#include "core/error.h"
#include "io/hdf5.h"
#include "io/hdf5_child.h"
#include "io/hdf5_library.h"
#include "io/hdf5_text.h"

namespace cxr::hdf5 {
namespace {

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
  auto id = open_object(file, object);
  Handle attribute(H5Acreate2(id.get(), name.c_str(), type.get(), space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const auto bytes = padded(values, width);
  if (!attribute || (!values.empty() && H5Awrite(attribute.get(), type.get(), bytes.data()) < 0)) {
    fail_to_write(file.path(), fmt::format("attribute {} of {}", name, object));
  }
  attribute.close(file.path(), object);
  id.close(file.path(), object);
}

} // namespace

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
    return strings_from_child(*this, field, static_cast<std::int64_t>(count), [&](std::int64_t first, std::int64_t rows) {
      std::vector<char*> pointers(count, nullptr);
      read(pointers.data());
      auto all = take_variable(pointers, type.get(), space.get());
      return std::vector(all.begin() + first, all.begin() + first + rows);
    });
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
