/// @file
/// The log.jsonl of a run: a line an event, with when it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace cxr {

struct RunLog {
  std::string began; ///< of the first launch, UTC
  std::optional<std::int64_t> ranks, launches;
  std::optional<double> seconds; ///< of all launches together, each from its start to its last line; whole seconds
};

/// Lines that are no events, such as the half of one that a kill left, are passed over.
RunLog read_run_log(const std::filesystem::path& file);

} // namespace cxr
