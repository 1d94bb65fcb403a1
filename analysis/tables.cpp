#include <cstdio>

#include "analysis/commands.h"
#include "analysis/study_tables.h"
#include "analysis/table_formats.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

struct TablesOptions {
  fs::path study;
  std::string format = "md";
  bool as_json = false;
  BootstrapOptions bootstrap;
};

int print_tables(const TablesOptions& options) {
  const auto study = read_study(options.study);
  const auto tables = study_tables(study, options.bootstrap);
  const std::map<std::string, std::string> texts = {{"md", markdown(tables)}, {"csv", csv(tables)}, {"tex", latex(tables)}};
  const auto folder = study.folder / "tables";
  fs::create_directories(folder);
  for (const auto& [extension, text] : texts) write_file_atomically(folder / ("tables." + extension), text);
  std::fputs((options.as_json ? json(tables).dump() + "\n" : texts.at(options.format)).c_str(), stdout);
  std::fflush(stdout); // before the next line on stderr
  log::info("tables.md, tables.csv and tables.tex are in {}", folder.string());
  return kDone;
}

} // namespace

Subcommand tables_command(CLI::App& parent) {
  const auto options = std::make_shared<TablesOptions>();
  auto* app = parent.add_subcommand("tables", "the paper's tables from a study's runs, with intervals and the published values");
  app->add_option("study", options->study, "the study's folder, with study.toml")->required();
  app->add_option("--format", options->format, "what is printed: md, csv or tex; all three go to STUDY/tables")
      ->check(CLI::IsMember({"md", "csv", "tex"}))
      ->capture_default_str();
  add_bootstrap_options(*app, options->bootstrap);
  app->add_flag("--json", options->as_json, "print one JSON object instead");
  return {app, [options] { return print_tables(*options); }};
}

} // namespace cxr
