/// @file
/// A run's folder: config.toml, log.jsonl, shards/, results.h5. One launch owns it at a time; a run that was cut off is
/// resumed by the same command.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "dist/communicator.h"
#include "run/folder_lock.h"

namespace cxr {

class RunFolder {
 public:
  /// Opens or makes the folder; collective over `ranks`.
  /// @param command the subcommand, "reconstruct"
  /// @param configuration what decides the result, as TOML: result_configuration() of core/options.h, then the identities of
  ///   the inputs as `inputs.NAME = "digest"` lines (`--config RUN/config.toml` leaves those out)
  /// @throws InputError if the folder holds another command's or configuration's run (naming what differs), or something that
  ///   is no run; std::runtime_error if another launch owns it, naming its host and process
  /// @param if_owned kWait: until the other launch is done with it; Interrupted by a signal
  RunFolder(std::filesystem::path path, std::string command, std::string configuration, Communicator& ranks,
            IfOwned if_owned = IfOwned::kRefuse);
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path shards() const { return path_ / "shards"; }
  std::filesystem::path results() const { return path_ / "results.h5"; }
  /// The digest of command and configuration, which every shard carries.
  const std::string& identity() const { return identity_; }
  const std::string& configuration() const { return configuration_; }
  Communicator& ranks() const { return ranks_; }

  /// A line in log.jsonl: time, event and fields. Rank 0 only.
  void log(const std::string& event, nlohmann::json fields = nlohmann::json::object());

 private:
  void own(const std::map<std::string, std::string>& configuration, IfOwned if_owned);

  std::filesystem::path path_;
  std::string command_, configuration_, identity_;
  Communicator& ranks_;
  std::optional<FolderLock> lock_; ///< rank 0's
};

} // namespace cxr
