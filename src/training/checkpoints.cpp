#include "training/checkpoints.h"

#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>

#include "core/atomic_file.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/log.h"
#include "io/safetensors.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "cxr-checkpoint";
constexpr std::int64_t kVersion = 1;
constexpr const char* kManifest = "manifest.json";
constexpr std::string_view kPrefix = "step-";

/// Does each rank's part of a collective piece of work and gathers what the parts return.
/// @throws std::runtime_error on every rank if it failed on one
std::vector<std::string> on_all_ranks(Communicator& ranks, const std::function<std::string()>& part) {
  std::string result, failure;
  std::exception_ptr mine;
  try {
    result = part();
  } catch (const std::exception& error) {
    failure = error.what();
    mine = std::current_exception();
  }
  const auto failures = ranks.all_gather(failure);
  if (mine) std::rethrow_exception(mine);
  for (std::size_t rank = 0; rank < failures.size(); ++rank) {
    if (!failures[rank].empty()) throw std::runtime_error(fmt::format("rank {}: {}", rank, failures[rank]));
  }
  return ranks.all_gather(result);
}

void on_root(Communicator& ranks, const std::function<void()>& work) {
  on_all_ranks(ranks, [&] {
    if (ranks.is_root()) work();
    return std::string();
  });
}

std::string folder_name(std::int64_t step) { return fmt::format("{}{:08}", kPrefix, step); }

/// The steps whose checkpoints are in the folder, the newest first.
std::vector<std::int64_t> steps_in(const fs::path& folder) {
  std::vector<std::int64_t> steps;
  if (!fs::is_directory(folder)) return steps;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    std::int64_t step = 0;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
    if (name == folder_name(step)) steps.push_back(step);
  }
  std::ranges::sort(steps, std::ranges::greater{});
  return steps;
}

/// A checkpoint goes as it came: whole or absent.
void remove_checkpoint(const fs::path& folder) {
  auto doomed = folder;
  doomed += ".tmp-removed";
  fs::rename(folder, doomed);
  fs::remove_all(doomed);
}

std::string digest_of(json manifest) {
  manifest.erase("sha256");
  return sha256(manifest.dump());
}

/// @return what the manifest says of the file, as JSON; nothing if there are no tensors
std::string write_part(const fs::path& folder, int rank, const StateDict& tensors) {
  if (tensors.empty()) return "";
  const auto name = fmt::format("rank-{:04}.safetensors", rank);
  Sha256 digest;
  write_safetensors(folder / name, tensors, {}, &digest);
  return json{{"name", name}, {"bytes", fs::file_size(folder / name)}, {"sha256", digest.hex()}}.dump();
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Why a file is not what the manifest says, or nothing.
std::string damage_of(const fs::path& folder, const json& file) {
  const auto name = file.at("name").get<std::string>();
  std::error_code absent;
  const auto bytes = fs::file_size(folder / name, absent);
  if (absent) return fmt::format("{} is missing", name);
  if (bytes != file.at("bytes")) return fmt::format("{} has {} bytes instead of {}", name, bytes, file.at("bytes").dump());
  return sha256_file(folder / name) == file.at("sha256") ? "" : fmt::format("the SHA-256 of {} is another", name);
}

/// Null where it is no JSON, which damage_of() tells.
json parse_manifest(const std::string& text) { return json::parse(text, nullptr, /*allow_exceptions=*/false); }

/// Why a manifest is not as it was written, or nothing.
std::string damage_of(const json& manifest) {
  if (!manifest.is_object() || !manifest.contains("sha256")) return fmt::format("{} is missing or cut short", kManifest);
  return manifest.at("sha256") == digest_of(manifest) ? "" : fmt::format("the SHA-256 of {} is another", kManifest);
}

/// @throws InputError if the manifest is of another version or run
void check_origin(const fs::path& path, const json& manifest, const std::string& identity) {
  const auto require = [&](const char* field, const json& expected) {
    const auto found = manifest.value(field, json());
    if (found != expected) throw InputError(path.string(), field, expected.dump(), found.dump());
  };
  require("format", kFormat);
  require("version", kVersion);
  require("identity", identity);
}

/// Why a checkpoint's files are not what the manifest says, or nothing. Each rank reads its part of them.
std::string damage_of_files(Communicator& ranks, const fs::path& folder, const json& manifest) {
  std::string mine;
  const auto& files = manifest.at("files");
  for (auto i = static_cast<std::size_t>(ranks.rank()); i < files.size() && mine.empty();
       i += static_cast<std::size_t>(ranks.size()))
    mine = damage_of(folder, files[i]);
  for (const auto& damage : ranks.all_gather(mine)) {
    if (!damage.empty()) return damage;
  }
  return "";
}

} // namespace

std::optional<json> checkpoint_manifest(const fs::path& folder) {
  auto manifest = parse_manifest(read_text(folder / kManifest));
  if (!damage_of(manifest).empty()) return {};
  return manifest;
}

std::string checkpoint_damage(const fs::path& folder) {
  const auto manifest = parse_manifest(read_text(folder / kManifest));
  if (auto damage = damage_of(manifest); !damage.empty()) return damage;
  for (const auto& file : manifest.at("files")) {
    if (auto damage = damage_of(folder, file); !damage.empty()) return damage;
  }
  return "";
}

Checkpoints::Checkpoints(fs::path folder, std::string identity, std::int64_t keep, Communicator& ranks)
    : folder_(std::move(folder)), identity_(std::move(identity)), keep_(keep), ranks_(ranks) {
  expects(keep_ >= 1, "Checkpoints: {} of them are to be kept", keep_);
  if (ranks_.is_root()) remove_temporaries(folder_);
}

void Checkpoints::save(std::int64_t step, const json& facts, const StateDict& mine) {
  const auto target = folder_ / folder_name(step);
  const fs::path temporary = ranks_.broadcast(temporary_name(target).string());
  try {
    on_root(ranks_, [&] { fs::create_directories(temporary); });
    const auto parts = on_all_ranks(ranks_, [&] { return write_part(temporary, ranks_.rank(), mine); });
    on_root(ranks_, [&] {
      json manifest = {{"format", kFormat}, {"version", kVersion}, {"identity", identity_},
                       {"step", step},      {"facts", facts},      {"files", json::array()}};
      for (const auto& part : parts) {
        if (!part.empty()) manifest["files"].push_back(json::parse(part));
      }
      manifest["sha256"] = digest_of(manifest);
      write_file_atomically(temporary / kManifest, manifest.dump(2) + "\n");
      if (fs::exists(target)) remove_checkpoint(target); // it was damaged, or this run would be past it
      commit_file(temporary, target);
      remove_passed_over(step);
      remove_older(step);
    });
  } catch (...) {
    std::error_code ignored;
    if (ranks_.is_root()) fs::remove_all(temporary, ignored);
    throw;
  }
}

void Checkpoints::remove_passed_over(std::int64_t newest) const {
  for (const auto step : steps_in(folder_)) {
    if (step > newest) remove_checkpoint(folder_ / folder_name(step));
  }
}

void Checkpoints::remove_older(std::int64_t newest) const {
  std::int64_t kept = 0;
  for (const auto step : steps_in(folder_)) {
    if (step <= newest && ++kept > keep_) remove_checkpoint(folder_ / folder_name(step));
  }
}

std::optional<Checkpoint> Checkpoints::newest() const {
  std::string steps;
  if (ranks_.is_root()) steps = json(steps_in(folder_)).dump();
  const auto found = json::parse(ranks_.broadcast(steps));
  for (const auto& step : found) {
    auto checkpoint = read(folder_ / folder_name(step));
    if (!checkpoint) continue;
    on_root(ranks_, [&] { remove_older(checkpoint->step); }); // a kill may have come between the last commit and this
    return checkpoint;
  }
  if (found.empty()) return {};
  throw std::runtime_error(
      fmt::format("{}: none of {} checkpoints is whole; remove them to begin anew", folder_.string(), found.size()));
}

std::optional<Checkpoint> Checkpoints::read(const fs::path& folder) const {
  const auto text = ranks_.broadcast(ranks_.is_root() ? read_text(folder / kManifest) : "");
  const auto manifest = parse_manifest(text);
  auto damage = damage_of(manifest);
  if (damage.empty()) {
    check_origin(folder / kManifest, manifest, identity_);
    damage = damage_of_files(ranks_, folder, manifest);
  }
  if (!damage.empty()) {
    if (ranks_.is_root()) log::warn("{}: damaged, passed over: {}", folder.string(), damage);
    return {};
  }
  Checkpoint checkpoint{manifest.at("step"), manifest.at("facts"), {}};
  for (const auto& file : manifest.at("files")) {
    checkpoint.tensors.merge(read_safetensors(folder / file.at("name").get<std::string>()));
  }
  return checkpoint;
}

} // namespace cxr
