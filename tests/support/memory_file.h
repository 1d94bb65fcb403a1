/// @file
/// Files that exist in memory alone, for readers of hostile bytes.
#pragma once

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "io/mapped_file.h"

namespace cxr::test {

/// A copy in a block of just that size, so that the address sanitizer sees each byte read past it.
/// @param misalignment moves the content off its natural alignment by as many bytes
inline FileBytes memory_file(std::string_view content, std::size_t misalignment = 0) {
  const std::shared_ptr<std::byte[]> block(new std::byte[content.size() + misalignment]);
  auto* start = block.get() + misalignment;
  if (!content.empty()) std::memcpy(start, content.data(), content.size());
  return {.name = "memory", .data = start, .size = content.size(), .owner = std::shared_ptr<void>(block, start)};
}

/// The content of a file.
inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void spill(const std::filesystem::path& path, std::string_view content) { std::ofstream(path, std::ios::binary) << content; }

/// A number's bytes, little-endian.
template <typename T>
std::string bytes_of(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

} // namespace cxr::test
