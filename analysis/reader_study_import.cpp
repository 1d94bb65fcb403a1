#include <cstdio>

#include "analysis/commands.h"
#include "analysis/reader_study_tables.h"
#include "analysis/table_formats.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

struct ReaderStudyImport {
  fs::path key, out;
  std::vector<std::string> files;
  bool allow_incomplete = false, as_json = false;
  BootstrapOptions bootstrap;
};

std::vector<ReaderScores> read_readers(const ReaderStudyImport& options, const ReaderStudyKey& key) {
  std::vector<ReaderScores> readers;
  for (const auto& file : options.files) {
    auto scores = read_reader_scores(file, key, options.allow_incomplete);
    const auto same =
        std::find_if(readers.begin(), readers.end(), [&](const auto& other) { return other.reader == scores.reader; });
    if (same != readers.end()) {
      const auto& other = options.files[static_cast<std::size_t>(same - readers.begin())];
      throw InputError(file, "reader", fmt::format("another than that of {}", other), scores.reader);
    }
    readers.push_back(std::move(scores));
  }
  return readers;
}

int import_reader_study(const ReaderStudyImport& options) {
  const auto key = read_reader_study_key(options.key);
  const auto readers = read_readers(options, key);
  const auto tables = reader_study_tables(key.study, readers, Published(), options.bootstrap);
  std::fputs((options.as_json ? json(tables).dump() + "\n" : markdown(tables)).c_str(), stdout);
  std::fflush(stdout); // before the next line on stderr
  if (options.out.empty()) return kDone;
  fs::create_directories(options.out);
  write_file_atomically(options.out / "reader_study.md", markdown(tables));
  write_file_atomically(options.out / "reader_study.csv", csv(tables));
  write_file_atomically(options.out / "reader_study.tex", latex(tables));
  write_file_atomically(options.out / "scores.csv", unblinded_csv(key, readers), FileMode::kPrivate);
  log::info("reader_study.md, .csv and .tex are in {}; scores.csv there has each score with its sample's id", options.out.string());
  return kDone;
}

} // namespace

Subcommand reader_study_import_command(CLI::App& reader_study) {
  const auto options = std::make_shared<ReaderStudyImport>();
  auto* app = reader_study.add_subcommand("import", "what readers gave, beside the published scores, and how far they agree");
  app->add_option("--key", options->key, "key.csv, as the export wrote it")->required();
  app->add_option("scores", options->files, "the CSV files that readers sent back, one a reader")->required();
  app->add_flag("--allow-incomplete", options->allow_incomplete, "take files in which cases have no score");
  app->add_option("--resamples", options->bootstrap.resamples, "bootstrap resamples an interval")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app->add_option("--seed", options->bootstrap.seed, "of the resamples")->capture_default_str();
  app->add_option("--out", options->out, "folder for the tables (md, csv, tex) and scores.csv, the scores with their samples' ids");
  app->add_flag("--json", options->as_json, "print one JSON object instead");
  return {app, [options] { return import_reader_study(*options); }};
}

} // namespace cxr
