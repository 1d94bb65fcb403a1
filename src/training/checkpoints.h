/// @file
/// Checkpoints of a training, whole or absent at every instant: each is a folder `step-00000400` of one safetensors file a rank and
/// a manifest with their digests. It is written under a temporary name, flushed and renamed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "dist/communicator.h"
#include "io/state_dict.h"

namespace cxr {

struct Checkpoint {
  std::int64_t step = 0; ///< optimiser steps that were done
  nlohmann::json facts;  ///< what else the manifest holds: small things
  StateDict tensors;     ///< of all ranks that wrote, by name
};

/// What is wrong with a checkpoint's folder, by its manifest; nothing if its files have the digests that they were written with.
std::string checkpoint_damage(const std::filesystem::path& folder);
/// The manifest of a checkpoint's folder; nothing if it is damaged itself. Its files are not looked at.
std::optional<nlohmann::json> checkpoint_manifest(const std::filesystem::path& folder);

class Checkpoints {
 public:
  /// What a launch that was killed left half-written is removed: this one owns the folder.
  /// @param folder made when the first is saved  @param identity of the run: a checkpoint of another run is refused
  /// @param keep how many stay, the newest; at least 1
  Checkpoints(std::filesystem::path folder, std::string identity, std::int64_t keep, Communicator& ranks);

  /// Collective. Each rank's tensors go into its own file; those that all ranks share are rank 0's to give.
  /// @throws std::runtime_error on every rank if one of them failed, as on a full disk; earlier checkpoints stay
  void save(std::int64_t step, const nlohmann::json& facts, const StateDict& mine);

  /// The newest checkpoint whose files have the manifest's digests, mapped: one that was damaged is named in a warning and passed
  /// over.
  /// Collective; all ranks get the same. @return nothing where there are none  @throws InputError for one of another run;
  /// std::runtime_error if there are some, but none is whole: what is left of hours is not for this program to write over
  std::optional<Checkpoint> newest() const;

 private:
  void remove_passed_over(std::int64_t newest) const; ///< damaged ones that are newer than it
  void remove_older(std::int64_t newest) const;       ///< beyond those that are kept
  std::optional<Checkpoint> read(const std::filesystem::path& folder) const;

  std::filesystem::path folder_;
  std::string identity_;
  std::int64_t keep_;
  Communicator& ranks_;
};

} // namespace cxr
