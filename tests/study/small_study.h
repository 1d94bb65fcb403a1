/// @file
/// Studies of a program that is a few lines of shell: `write TEXT --out FILE`, `join FILE… --out FILE`, `fail`, `wait SECONDS --out
/// FILE` (which saves and exits 75 at SIGUSR1, and goes on when it is started again).
#pragma once

#include <filesystem>
#include <string>

#include "study/local_launcher.h"
#include "support/temporary_folder.h"

namespace cxr::test {

/// A folder with the program, a study file and an input.
class SmallStudy {
 public:
  /// @param steps the [[step]]s of the file, and what else it has behind them
  explicit SmallStudy(const std::string& steps);

  study::StudyFile read(const std::map<std::string, std::string>& values = {},
                        const std::vector<std::string>& leave_out = {}) const {
    return study::read_study_file(file(), {.values = values, .leave_out = leave_out});
  }
  std::filesystem::path file() const { return folder_ / "small.toml"; }
  std::filesystem::path out() const { return folder_ / "out"; }
  std::filesystem::path input() const { return folder_ / "data.txt"; }
  study::LaunchSettings settings() const;
  /// Runs it with two cores. @param only patterns; all if empty
  study::Outcome run(const std::vector<std::string>& only = {}, const std::vector<std::string>& force = {}) const;
  /// How its steps stand, by name: "done", "stale (data changed)", …
  std::map<std::string, std::string> states() const;
  std::string result(const std::string& name) const;

 private:
  TemporaryFolder folder_;
};

/// Two numbers from an input, and a sum that needs both.
inline constexpr const char* kThreeSteps = R"(
[[step]]
name = "one"
what = "The first"
command = "write {greeting} --of {data}"
out = "one.txt"

[[step]]
name = "two"
what = "The second"
command = "write again"
out = "runs/two.txt"

[[step]]
name = "both"
what = "Both"
command = "join {out.one} {out.two}"
out = "both.txt"
)";

} // namespace cxr::test
