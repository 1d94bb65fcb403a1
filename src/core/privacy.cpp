#include "core/privacy.h"

#include <atomic>
#include <cstdlib>
#include <regex>

#include <sys/stat.h>

namespace cxr::privacy {
namespace {

std::atomic<bool> g_is_on = false;

constexpr const char* kLeftOut = "[…]";

/// A file of one radiograph or report, whatever it is called, with what stands before it up to a colon: names may have spaces.
const std::regex& file_pattern() {
  static const std::regex pattern(R"([^\s:][^:\n]*(\.(?:png|jpe?g|dcm(?:\.gz)?|dicom|txt)\b))",
                                  std::regex::icase | std::regex::optimize);
  return pattern;
}

const std::regex& number_pattern() {
  static const std::regex pattern(R"(\b[ps]?[1-9][0-9]{7}\b|\bpatient[0-9]{3,}|\b[0-9a-f]{8}(?:-[0-9a-f]{8}){4}\b)",
                                  std::regex::icase | std::regex::optimize);
  return pattern;
}

} // namespace

bool is_on() { return g_is_on; }

void turn_on() {
  g_is_on = true;
  ::umask(S_IRWXG | S_IRWXO);
}

void start() {
  const char* value = std::getenv("CXR_PRIVATE");
  if (value && std::string_view(value) == "1") turn_on();
}

std::string redacted(std::string_view text) {
  const auto without_files = std::regex_replace(std::string(text), file_pattern(), std::string(kLeftOut) + "$1");
  return std::regex_replace(without_files, number_pattern(), kLeftOut);
}

std::string shown(std::string_view text) { return is_on() ? redacted(text) : std::string(text); }

std::string shown_text(std::string_view text) { return is_on() ? kLeftOut : std::string(text); }

} // namespace cxr::privacy
