/// @file
/// Phantoms as `cxr prep` and `cxr generate` leave images, and runs of the commands that measure them.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/options.h"
#include "support/temporary_folder.h"

namespace cxr::test {

inline constexpr const char* kPlainPrompt = "a photo of a lung xray";
inline constexpr const char* kEffusionPrompt = "a photo of a lung xray with visible pleural effusion";
inline constexpr std::int64_t kOfEach = 8; ///< phantoms with an effusion, and as many without

/// real.h5: grey, labelled, those with an effusion first. generated.h5: RGB, with the prompts of a run of `cxr generate`, those
/// without an effusion first; generated image 3 is a copy of real image 5.
class GeneratedSets : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return (*folder_ / name).string(); }
  static std::string classifier() { return CXR_SOURCE_DIR "/models/toy/xrv"; }
  /// What a command prints. @param arguments those after `cxr`
  static std::string run(Subcommand (*command_of)(CLI::App&), std::vector<std::string> arguments);

  static std::unique_ptr<TemporaryFolder> folder_;
};

} // namespace cxr::test
