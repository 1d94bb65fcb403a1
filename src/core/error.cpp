#include "core/error.h"

#include <csignal>
#include <cstring>

namespace cxr {
namespace {

// One line whatever the input holds: control characters would break the one-line promise.
std::string one_line(std::string_view text) {
  constexpr std::size_t kLongest = 400;
  std::string line;
  for (char c : text.substr(0, kLongest)) line += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? ' ' : c;
  if (text.size() > kLongest) line += "…";
  return line;
}

std::string describe(std::string_view where, std::string_view field, std::string_view expected, std::string_view found) {
  auto message = one_line(where);
  if (!field.empty()) message += fmt::format(": {}", one_line(field));
  return message + fmt::format(": expected {}, found {}", one_line(expected), one_line(found));
}

} // namespace

InputError::InputError(std::string_view where, std::string_view field, std::string_view expected, std::string_view found)
    : std::runtime_error(describe(where, field, expected, found)), where_(where), field_(field), found_(found) {}

Interrupted::Interrupted(int signal)
    : std::runtime_error(
          fmt::format("stopped by {}; what was finished is saved, run the same command again to go on", strsignal(signal))) {}

} // namespace cxr
