#include "io/hdf5_text.h"

namespace cxr::hdf5 {

Handle fixed_type(std::int64_t width) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), static_cast<std::size_t>(std::max<std::int64_t>(width, 1))); // HDF5 has no strings of no bytes
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

Handle memory_type(hid_t stored) {
  Handle type(H5Tcopy(stored), H5Tclose);
  if (H5Tis_variable_str(stored) <= 0) H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
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

std::vector<std::string> take_variable(std::vector<char*>& pointers, hid_t type, hid_t space) {
  std::vector<std::string> strings;
  for (const char* text : pointers) strings.emplace_back(text ? text : "");
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
  return strings;
}

} // namespace cxr::hdf5
