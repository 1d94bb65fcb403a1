#include "analysis/commands.h"
#include "analysis/report_page.h"
#include "analysis/study_tables.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  fs::path study, out;
  bool include_images = false;
  BootstrapOptions bootstrap;
};

int write_report(const ReportOptions& options) {
  const auto study = read_study(options.study);
  const ReportView view(study, options.include_images);
  const auto tables =
      study_tables(study, options.bootstrap, view.hides_identities() ? NoteDetail::kNoIdentities : NoteDetail::kAll);
  const auto page = report_page(study, tables, view);
  const auto out = options.out.empty() ? study.folder / "report.html" : options.out;
  write_file_atomically(out, page, study.is_private ? FileMode::kPrivate : FileMode::kUsual);
  log::info("{}: {:.1f} MB", out.string(), static_cast<double>(page.size()) / 1e6);
  return kDone;
}

} // namespace

Subcommand report_command(CLI::App& parent) {
  const auto options = std::make_shared<ReportOptions>();
  auto* app = parent.add_subcommand("report", "a study's tables, figures, samples, losses and their provenance as one HTML file");
  app->add_option("study", options->study, "the study's folder, with study.toml")->required();
  app->add_option("--out", options->out, "the file; by default STUDY/report.html")->group(kExecutionGroup);
  app->add_flag("--include-images", options->include_images, "show the images of a private study too");
  add_bootstrap_options(*app, options->bootstrap);
  return {app, [options] { return write_report(*options); }};
}

} // namespace cxr
