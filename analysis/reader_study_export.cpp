#include "analysis/commands.h"
#include "analysis/reader_study_package.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

/// A key that is lost makes the scores of its readers worthless.
void check_target(const fs::path& key_file, const std::string& study) {
  if (!fs::exists(key_file)) return;
  const auto there = read_reader_study_key(key_file).study;
  if (there != study) throw InputError(key_file.string(), "study", fmt::format("{}, or no such file", study), there);
}

int export_reader_study(const ReaderStudyOptions& options, const fs::path& folder) {
  const auto package = make_reader_study(options);
  const auto page_file = folder / "reader_study.html", key_file = folder / "key.csv";
  check_target(key_file, package.key.study);
  fs::create_directories(folder);
  write_file_atomically(key_file, key_csv(package.key), FileMode::kPrivate);
  write_file_atomically(page_file, package.page);
  log::info("study {}: {} pairs are in {} ({:.1f} MB), which goes to the readers", package.key.study, options.pairs,
            page_file.string(), static_cast<double>(package.page.size()) / 1e6);
  log::info("{} says which sample each case is: keep it, and send it to nobody", key_file.string());
  return kDone;
}

} // namespace

Subcommand reader_study_export_command(CLI::App& reader_study) {
  const auto options = std::make_shared<ReaderStudyOptions>();
  const auto folder = std::make_shared<fs::path>();
  auto* app =
      reader_study.add_subcommand("export", "a page on which readers score pairs of original and reconstruction, and its key");
  app->add_option("--images", options->images, "image set (HDF5): the originals")->required();
  app->add_option("--reconstructions", options->reconstructions, "a run of cxr reconstruct on them")->required();
  app->add_option("--n", options->pairs, "pairs, a uniform sample")->check(CLI::Range(1, 10000))->capture_default_str();
  app->add_option("--seed", options->seed, "of the sample, its order and its sides")->capture_default_str();
  app->add_option("--max-side", options->max_side, "pixels; larger images are scaled down")
      ->check(CLI::Range(8, 4096))
      ->capture_default_str();
  app->add_flag("--hide-sides", options->hide_sides, "do not say which image is the original, and swap them at random");
  app->add_option("--out", *folder, "folder for reader_study.html and key.csv")->required();
  return {app, [options, folder] { return export_reader_study(*options, *folder); }};
}

} // namespace cxr
