/// @file
/// Whole files as bytes, to compare and to damage.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace cxr::test {

inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void put_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

} // namespace cxr::test
