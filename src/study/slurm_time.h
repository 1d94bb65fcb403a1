/// @file
/// Slurm's notation of times: "90", "90:00", "01:30:00", "1-0", "1-00:30", "1-00:30:00".
#pragma once

#include <optional>
#include <string>

namespace cxr::study {

/// None for text that is not such a time ("UNLIMITED").
std::optional<double> seconds_of_slurm_time(const std::string& text);

/// "01:30:00"; whole minutes, rounded up.
std::string slurm_time(double seconds);

} // namespace cxr::study
