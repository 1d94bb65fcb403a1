#include <algorithm>
#include <cstdio>
#include <iterator>

#include "app/verification.h"
#include "app/verify_command.h"
#include "core/error.h"
#include "core/progress.h"
#include "core/signals.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

std::string counted(std::int64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// On standard output, since it is what was asked for.
int report(const Verification& verification) {
  for (const auto& fault : verification.faults()) fmt::print("{}\n", fault);
  for (const auto& line : verification.unknown()) fmt::print("not compared: {}\n", line);
  auto summary = counted(verification.agreeing(), "file agrees", "files agree") + " with what was recorded";
  const auto faults = std::ssize(verification.faults()), unknown = std::ssize(verification.unknown());
  if (faults > 0) summary += fmt::format(", {}", counted(faults, "does not", "do not"));
  if (unknown > 0) summary += fmt::format("; {} not compared", unknown);
  fmt::print("{}\n", summary);
  return faults > 0 ? kFailed : kDone;
}

int run(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const auto& path : paths) std::ranges::copy(files_below(path), std::back_inserter(files));
  Progress progress("verify", "files", std::ssize(files));
  Verification verification;
  for (const auto& file : files) {
    signals::throw_if_received();
    verification.check(file);
    progress.add(1);
  }
  return report(verification);
}

} // namespace

Subcommand verify_command(CLI::App& parent) {
  const auto paths = std::make_shared<std::vector<fs::path>>();
  auto* app = parent.add_subcommand("verify", "compares runs, sets, studies and models with what was recorded of them");
  app->add_option("path", *paths, "files and folders: a run, a set, a study, a model, or anything that holds such")->required();
  return {app, [paths] { return run(*paths); }};
}

} // namespace cxr
