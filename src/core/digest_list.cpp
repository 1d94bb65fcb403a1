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

fs::path list_folder(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

void write_list(const fs::path& folder, const std::map<std::string, std::string>& digests) {
  std::string lines;
  for (const auto& [name, digest] : digests) lines += fmt::format("{}  {}\n", digest, name);
  write_file_atomically(folder / kDigestList, lines);
}

void forget_digest(const fs::path& file) {
  auto digests = recorded_digests(list_folder(file));
  if (digests.erase(file.filename().string()) > 0) write_list(list_folder(file), digests);
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

void require_recorded(const fs::path& file, const std::string& digest) {
  const auto digests = recorded_digests(list_folder(file));
  const auto found = digests.find(file.filename().string());
  if (found == digests.end() || found->second == digest) return;
  const auto list = (list_folder(file) / kDigestList).string();
  throw InputError(file.string(), "SHA-256", fmt::format("{}, as in {}", found->second, list),
                   fmt::format("{}: the file is damaged, or was replaced; if it was meant, remove its line there", digest));
}

void check_recorded(const fs::path& file, const std::string& digest) {
  try {
    require_recorded(file, digest);
  } catch (const InputError& error) {
    std::error_code unknown;
    const auto listed = fs::last_write_time(list_folder(file) / kDigestList, unknown);
    if (unknown || fs::last_write_time(file, unknown) <= listed || unknown) throw;
    log::warn("{}", error.what());
  }
}

std::string checked_digest(const fs::path& file) {
  auto digest = sha256_file(file);
  check_recorded(file, digest);
  try {
    if (!recorded_digests(list_folder(file)).contains(file.filename().string())) record_digest(file, digest);
  } catch (const std::system_error&) { // models often lie where nobody may write
  }
  return digest;
}

void record_digest(const fs::path& file, const std::string& digest) {
  auto digests = recorded_digests(list_folder(file));
  digests[file.filename().string()] = digest;
  write_list(list_folder(file), digests);
}

void write_recorded(const fs::path& file, const std::function<std::string()>& write) {
  forget_digest(file);
  record_digest(file, write());
}

} // namespace cxr
