#include "study/fingerprint.h"

#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/digest.h"
#include "core/digest_list.h"
#include "core/error.h"
#include "io/json.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

/// What a run keeps in its folder for going on, not as its result (docs/formats.md).
const std::set<std::string> kOwnAffairs = {"shards", "checkpoints", "cache", "class-images", "log.jsonl", ".lock", kDigestList};

std::int64_t changed_at(const fs::path& path) { return fs::last_write_time(path).time_since_epoch().count(); }

/// Files below `folder`, by path; none of those for which `skip`, nor what lies below them. Stops behind `most`.
template <typename Skip>
std::set<fs::path> files_below(const fs::path& folder, std::size_t most, const Skip& skip) {
  std::set<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator(); ++entry) {
    if (skip(entry->path())) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      files.insert(entry->path());
      if (files.size() > most) break;
    }
  }
  return files;
}

Fingerprint of_files(const fs::path& folder, const std::set<fs::path>& files, DigestCache& cache, std::string names = "") {
  Fingerprint fingerprint;
  for (const auto& file : files) {
    names += fmt::format("{}\n{}\n", file.lexically_relative(folder).string(), cache.of_file(file));
    fingerprint.bytes += static_cast<std::int64_t>(fs::file_size(file));
  }
  fingerprint.digest = sha256(names);
  return fingerprint;
}

Fingerprint of_one_file(const fs::path& file, DigestCache& cache) {
  return {cache.of_file(file), static_cast<std::int64_t>(fs::file_size(file))};
}

Fingerprint of_large_folder(const fs::path& folder, DigestCache& cache) {
  std::set<fs::path> files;
  std::set<std::string> folders;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().filename() != kDigestList) files.insert(entry.path());
    if (entry.is_directory()) folders.insert(entry.path().filename().string());
  }
  std::string names;
  for (const auto& name : folders) names += name + "/\n";
  return of_files(folder, files, cache, names);
}

} // namespace

DigestCache::DigestCache(fs::path file) : file_(std::move(file)) {
  if (!fs::exists(file_)) return;
  try {
    const JsonFile json(file_);
    for (const auto& [name, entry] : json.root().items())
      entries_[name] = {entry.at("bytes").get<std::uintmax_t>(), entry.at("changed").get<std::int64_t>(),
                        entry.at("sha256").get<std::string>()};
  } catch (const std::exception&) {
    entries_.clear(); // a cache costs nothing but time
  }
}

std::string DigestCache::of_file(const fs::path& path) {
  const auto name = sha256(fs::absolute(path).lexically_normal().string()); // a path may name a patient
  const Entry now{.bytes = fs::file_size(path), .changed = changed_at(path), .digest = {}};
  auto& entry = entries_[name];
  if (entry.bytes == now.bytes && entry.changed == now.changed && !entry.digest.empty()) return entry.digest;
  entry = now;
  entry.digest = sha256_file(path);
  is_new_ = true;
  return entry.digest;
}

void DigestCache::save() {
  if (!is_new_) return;
  nlohmann::ordered_json json;
  for (const auto& [name, entry] : entries_)
    json[name] = {{"bytes", entry.bytes}, {"changed", entry.changed}, {"sha256", entry.digest}};
  write_file_atomically(file_, json.dump(1) + "\n");
  is_new_ = false;
}

Fingerprint result_fingerprint(const fs::path& path, DigestCache& cache) {
  if (fs::is_regular_file(path)) return of_one_file(path, cache);
  if (!fs::is_directory(path)) return {};
  const auto is_own = [](const fs::path& entry) { return kOwnAffairs.contains(entry.filename().string()) || is_temporary(entry); };
  return of_files(path, files_below(path, std::numeric_limits<std::size_t>::max(), is_own), cache);
}

Fingerprint input_fingerprint(const fs::path& path, DigestCache& cache) {
  if (fs::is_regular_file(path)) return of_one_file(path, cache);
  if (!fs::is_directory(path)) return {};
  const auto files = files_below(path, kMaxInputFiles, [](const fs::path& entry) { return entry.filename() == kDigestList; });
  return files.size() > kMaxInputFiles ? of_large_folder(path, cache) : of_files(path, files, cache);
}

} // namespace cxr::study
