/// @file
/// The parts of the demo: each runs its commands on phantoms and toy models and says what study.toml is to hold of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/demo.h"

namespace cxr {

/// Where the demo works, and on what.
struct DemoSettings {
  std::filesystem::path models, out;     ///< toy models; the study's folder
  std::int64_t images = 200, size = 128; ///< phantoms that are reconstructed; their side in pixels
  std::int64_t samples = 50;             ///< images sampled a prompt
  double training = 1;                   ///< share of the steps that adaptations are trained for
  std::uint64_t seed = 2022;
  bool quiet = false;
};

/// Runs commands in the study's folder, saying each before it runs.
class DemoSteps {
 public:
  DemoSteps(const DemoSettings& settings, CommandRunner run) : settings_(settings), run_(std::move(run)) {}

  const DemoSettings& settings() const { return settings_; }
  std::string path(const std::string& name) const { return (settings_.out / name).string(); }
  std::string model(const std::string& name) const { return (settings_.models / name).string(); }

  /// @param what headline; empty: the command belongs to the one before  @throws std::runtime_error if the command fails
  void run(const std::string& what, const std::vector<std::string>& arguments) const;

  /// As run(), with `--out` the study's file `name`; not if that is there, as commands that write one file do not go on.
  void run_once(const std::string& what, std::vector<std::string> arguments, const std::string& name) const;

 private:
  const DemoSettings& settings_;
  CommandRunner run_;
};

/// Phantoms and their reconstructions, classified: Table 1's layout, the quality summary, Figure 3. @return study.toml's part
std::string study_reconstruction(const DemoSteps& steps);

/// The toy text encoders on phantoms' impressions: Tables 2 and 3, Figures 6 to 8. @return study.toml's part
std::string study_text_encoders(const DemoSteps& steps);

/// The toy Stable Diffusion, and every adaptation of it that the paper tried, asked for the paper's prompts: Tables 4 and 5,
/// Figures 1 and 4.
/// @return study.toml's part
std::string study_generation(const DemoSteps& steps);

} // namespace cxr
