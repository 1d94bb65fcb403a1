#include "app/demo_study.h"

#include "core/error.h"
#include "core/log.h"

namespace cxr {
namespace {

/// The command as a shell takes it; none of the demo's arguments has more than spaces in it.
std::string typed(const std::vector<std::string>& arguments) {
  std::string line = "cxr";
  for (const auto& argument : arguments) line += argument.find(' ') == std::string::npos ? " " + argument : " \"" + argument + "\"";
  return line;
}

} // namespace

void DemoSteps::run(const std::string& what, const std::vector<std::string>& arguments) const {
  if (!what.empty()) log::info("\n{}", what);
  log::info("  {}", typed(arguments));
  const int status = run_(arguments);
  log::set_quiet(settings_.quiet); // the command may have had its own --quiet
  if (status != kDone) throw std::runtime_error(fmt::format("{}: exit status {}", arguments[0], status));
}

void DemoSteps::run_once(const std::string& what, std::vector<std::string> arguments, const std::string& name) const {
  if (std::filesystem::exists(settings_.out / name)) return;
  arguments.insert(arguments.end(), {"--out", path(name)});
  run(what, arguments);
}

} // namespace cxr
