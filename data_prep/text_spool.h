/// @file
/// Texts under ids, spooled on disk (core/spool.h).
#pragma once

#include "core/spool.h"

namespace cxr {

class TextSpool {
 public:
  /// @param beside the spool lies on the disk of this file. @throws std::system_error
  explicit TextSpool(const std::filesystem::path& beside) : spool_(beside) {}

  /// Keeps a text under an id, and says where. @throws std::system_error if the disk is full
  std::uint64_t append(std::string_view id, std::string_view text);

  struct Entry {
    std::string id, text;
  };
  /// What append() kept there. Places in ascending order are read in one sweep over the file.
  Entry read(std::uint64_t at);

 private:
  Spool spool_;
};

} // namespace cxr
