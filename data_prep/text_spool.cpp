#include "data_prep/text_spool.h"

#include <cstring>

namespace cxr {
namespace {

struct Header {
  std::uint32_t id_bytes, text_bytes;
};

} // namespace

std::uint64_t TextSpool::append(std::string_view id, std::string_view text) {
  const Header header{static_cast<std::uint32_t>(id.size()), static_cast<std::uint32_t>(text.size())};
  const auto at = spool_.append({reinterpret_cast<const char*>(&header), sizeof(header)});
  spool_.append(id);
  spool_.append(text);
  return at;
}

TextSpool::Entry TextSpool::read(std::uint64_t at) {
  Header header{};
  std::memcpy(&header, spool_.read(at, sizeof(header)).data(), sizeof(header));
  const auto bytes = spool_.read(at, sizeof(header) + header.id_bytes + header.text_bytes).substr(sizeof(header));
  return {std::string(bytes.substr(0, header.id_bytes)), std::string(bytes.substr(header.id_bytes))};
}

} // namespace cxr
