#include "core/digest_list.h"

#include <algorithm>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/log.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHexDigits = 64;

bool is_digest(const std::string& text) {
  return text.size() == kHexDigits && std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

void write_list(const fs::path& folder, const std::map<std::string, std::string>& digests) {
  std::string lines;
  for (const auto& [name, digest] : digests) lines += fmt::format("{}  {}\n", digest, name);
  write_file_atomically(folder / kDigestList, lines);
}

void forget_digest(const fs::path& file) {
  auto digests = recorded_digests(folder_of(file));
  if (digests.erase(file.filename().string()) > 0) write_list(folder_of(file), digests);
}

InputError disagreement(const fs::path& file, const std::string& recorded, const std::string& found) {
  return {file.string(), "SHA-256", fmt::format("{}, as in {}", recorded, (folder_of(file) / kDigestList).string()),
          fmt::format("{}: the file is damaged, or was replaced; if it was meant, remove its line there", found)};
}

bool is_later_than_list(const fs::path& file) {
  std::error_code of_list, of_file;
  const auto listed = fs::last_write_time(folder_of(file) / kDigestList, of_list);
  return fs::last_write_time(file, of_file) > listed && !of_list && !of_file;
}

void record_if_possible(const fs::path& file, const std::string& digest) {
  try {
    record_digest(file, digest);
  } catch (const std::system_error&) { // models often lie where nobody may write
  }
}

} // namespace

// A line: digest, a space, a space or (binary) an asterisk, the name.
std::map<std::string, std::string> recorded_digests(const fs::path& folder) {
  std::map<std::string, std::string> digests;
  std::ifstream list(folder / kDigestList);
  for (std::string line; std::getline(list, line);) {
    if (line.ends_with('\r')) line.pop_back();
    auto digest = line.substr(0, kHexDigits);
    if (line.size() < kHexDigits + 3 || line[kHexDigits] != ' ' || !is_digest(digest)) continue; // of another program
    std::ranges::transform(digest, digest.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    digests[line.substr(kHexDigits + 2)] = digest;
  }
  return digests;
}

std::string recorded_digest(const fs::path& file) {
  const auto digests = recorded_digests(folder_of(file));
  const auto found = digests.find(file.filename().string());
  return found == digests.end() ? "" : found->second;
}

void require_recorded(const fs::path& file, const std::string& digest) {
  if (const auto recorded = recorded_digest(file); !recorded.empty() && recorded != digest)
    throw disagreement(file, recorded, digest);
}

std::string checked_digest(const fs::path& file) {
  auto digest = sha256_file(file);
  const auto recorded = recorded_digest(file);
  if (recorded.empty()) {
    record_if_possible(file, digest);
  } else if (recorded != digest) {
    const auto error = disagreement(file, recorded, digest);
    if (!is_later_than_list(file)) throw error;
    log::warn("{}", error.what());
  }
  return digest;
}

void record_digest(const fs::path& file, const std::string& digest) {
  auto digests = recorded_digests(folder_of(file));
  digests[file.filename().string()] = digest;
  write_list(folder_of(file), digests);
}

void write_recorded(const fs::path& file, const std::function<std::string()>& write) {
  forget_digest(file);
  record_digest(file, write());
}

} // namespace cxr
