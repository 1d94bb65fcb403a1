#include "run/run_folder.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/atomic_file.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/line_file.h"
#include "core/log.h"
#include "core/timing.h"
#include "core/toml_file.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFormat = "cxr-run";
constexpr std::int64_t kVersion = 1;

void refuse_foreign_folder(const fs::path& path) {
  const auto refuse = [&](const std::string& found) {
    throw InputError(path.string(), "", "a new or empty folder, or a run's", found);
  };
  if (!fs::exists(path) || fs::exists(path / "config.toml")) return;
  if (!fs::is_directory(path)) refuse("a file");
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().filename() == kLockName || is_temporary(entry.path())) continue; // of a launch that ended at once
    refuse(fmt::format("a folder that holds {}", entry.path().filename().string()));
  }
}

toml::table parse_configuration(const std::string& text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw LogicError(fmt::format("a configuration that is no TOML: {}\n{}", error.description(), text));
  }
}

/// Options that name files whose contents `inputs.NAME` digests: how a path is spelt, and where a copy lies, is no part of a run.
constexpr auto kNamesOfInputs = std::to_array<std::string_view>(
    {"model", "unet", "encoder", "clip", "classifier", "images", "reports", "embeddings", "prompts", "latents", "embedding",
     "projection", "templates", "class-images", "validation-prompts", "impressions"});

bool is_there(const std::string& toml_value) {
  if (toml_value.size() < 2 || toml_value.front() != '"') return false;
  std::error_code ignored;
  return fs::exists(toml_value.substr(1, toml_value.size() - 2), ignored);
}

// Refuses the first key whose value is not the one that the run in the folder has.
void compare(const fs::path& file, std::map<std::string, std::string> run, std::map<std::string, std::string> mine) {
  const bool has_digests = std::ranges::any_of(run, [](const auto& entry) { return entry.first.starts_with("inputs."); });
  for (const auto& [key, value] : mine) run.try_emplace(key, "none");
  for (const auto& [key, value] : run) {
    const auto& now = mine.try_emplace(key, "none").first->second;
    const bool names_input = std::ranges::find(kNamesOfInputs, std::string_view(key)) != kNamesOfInputs.end();
    if (has_digests && names_input && value != "none" && is_there(now)) continue;
    if (has_digests && key.starts_with("inputs.") && value == "none") continue; // a digest that its version did not take
    if (now != value) {
      throw InputError(file.string(), key, fmt::format("{}, as in the run that this folder holds", value),
                       fmt::format("{}; choose another --out", now));
    }
  }
}

/// @return the configuration that the run began with
std::map<std::string, std::string> check_same_run(const fs::path& file, const std::string& command,
                                                  const std::map<std::string, std::string>& configuration) {
  const auto stored = read_toml(file);
  const auto format = stored["format"].value_or(std::string("another file"));
  if (format != kFormat) throw InputError(file.string(), "format", kFormat, format);
  const auto version = stored["version"].value_or(std::int64_t{0});
  if (version != kVersion) throw InputError(file.string(), "version", fmt::format("{}", kVersion), fmt::format("{}", version));
  const auto stored_command = stored["command"].value_or(std::string());
  if (stored_command != command) {
    throw InputError(file.string(), "command", fmt::format("{}, as in the run that this folder holds", stored_command),
                     fmt::format("{}; choose another --out", command));
  }
  const auto* stored_configuration = stored["configuration"].as_table();
  if (!stored_configuration) throw InputError(file.string(), "configuration", "a table", "none");
  auto first = flatten(*stored_configuration);
  compare(file, first, configuration);
  return first;
}

std::string run_file(const std::string& command, const std::string& configuration) {
  return fmt::format(
      "# A run of cxr. The same command goes on with it.\nformat = \"{}\"\nversion = {}\ncommand = {}\n\n[configuration]\n{}",
      kFormat, kVersion, toml_string(command), configuration);
}

std::string run_identity(const std::string& command, const std::map<std::string, std::string>& configuration) {
  auto text = command + "\n";
  for (const auto& [key, value] : configuration) text += fmt::format("{} = {}\n", key, value);
  return sha256(text);
}

} // namespace

RunFolder::RunFolder(fs::path path, std::string command, std::string configuration, Communicator& ranks, IfOwned if_owned)
    : path_(std::move(path)), command_(std::move(command)), configuration_(std::move(configuration)), ranks_(ranks) {
  const auto flat = flatten(parse_configuration(configuration_));
  identity_ = run_identity(command_, flat);
  const auto asked = identity_;
  if (ranks_.is_root()) own(flat, if_owned);
  expects(ranks_.broadcast(asked) == asked, "rank {} was started with other options than rank 0", ranks_.rank());
  identity_ = ranks_.broadcast(identity_);
}

void RunFolder::own(const std::map<std::string, std::string>& configuration, IfOwned if_owned) {
  refuse_foreign_folder(path_);
  fs::create_directories(path_);
  FolderLock lock(path_, if_owned);
  if (const auto file = path_ / "config.toml"; fs::exists(file)) {
    identity_ = run_identity(command_, check_same_run(file, command_, configuration));
  } else {
    write_file_atomically(file, run_file(command_, configuration_));
  }
  fs::create_directories(shards());
  remove_temporaries(path_);
  remove_temporaries(shards());
  lock_.emplace(std::move(lock));
}

void RunFolder::log(const std::string& event, nlohmann::json fields) {
  if (!ranks_.is_root()) return;
  nlohmann::ordered_json line = {{"time", utc_now()}, {"event", event}};
  line.update(fields);
  const auto text = line.dump() + "\n";
  try {
    LineFile file(path_ / "log.jsonl");
    file.add(text);
    file.close();
  } catch (const std::system_error& error) { // a log never costs a result
    log::warn("{}", error.what());
  }
}

} // namespace cxr
