/// @file
/// Texts on disk that nobody else sees: a file without a name, which goes with the process however it ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace cxr {

class TextSpool {
 public:
  /// @param beside the spool lies on the disk of this file. @throws std::system_error
  explicit TextSpool(const std::filesystem::path& beside);
  ~TextSpool();
  TextSpool(const TextSpool&) = delete;
  TextSpool& operator=(const TextSpool&) = delete;

  /// Keeps a text under an id, and says where. @throws std::system_error if the disk is full
  std::uint64_t append(std::string_view id, std::string_view text);

  struct Entry {
    std::string id, text;
  };
  /// What append() kept there. Places in ascending order are read in one sweep over the file.
  Entry read(std::uint64_t at);

 private:
  void flush();
  std::string_view window(std::uint64_t at, std::size_t count);

  std::filesystem::path folder_;
  int file_ = -1;
  std::string pending_, window_;
  std::uint64_t written_ = 0, window_begin_ = 0;
};

} // namespace cxr
