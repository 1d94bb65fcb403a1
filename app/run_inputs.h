/// @file
/// A run's inputs found again by the options that its configuration keeps, to compare them with the digests that it keeps.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cxr {

/// An input that a run recorded.
struct RunInput {
  std::string name;                    ///< "vae": `inputs.vae` of the configuration
  std::string recorded;                ///< its digest then
  std::string path;                    ///< where the options say that it lies; empty: they don't name a file
  std::function<std::string()> digest; ///< of what lies there now; empty where the run digested more than the file says
};

/// @param command "train unet"  @param configuration as flatten() gives it, from a run's config.toml
std::vector<RunInput> run_inputs(const std::string& command, const std::map<std::string, std::string>& configuration);

} // namespace cxr
