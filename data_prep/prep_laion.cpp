#include "core/error.h"
#include "data_prep/commands.h"
#include "data_prep/laion400m.h"
#include "data_prep/paths.h"
#include "dist/mpi_session.h"
#include "dist/rank_threads.h"

namespace cxr {
namespace {

struct Options {
  std::vector<std::string> parquet, tars;
  std::filesystem::path root;
  std::string column;
  LaionOptions laion;
  int threads = 0;
};

void add_options(CLI::App& app, Options& options) {
  auto* parquet = app.add_option("--parquet", options.parquet, "Parquet files: names, or patterns in quotes");
  auto* tars = app.add_option("--tars", options.tars, "img2dataset's tar files, whose .txt members are the prompts");
  auto* root = app.add_option("--root", options.root, "a folder of img2dataset: its tar files, or its Parquet files");
  parquet->excludes(tars)->excludes(root);
  tars->excludes(root);
  auto& laion = options.laion;
  app.add_option("--column", options.column, "the column of the prompts in Parquet files; by default TEXT, else caption");
  app.add_option("--n", laion.n, "prompts to sample; all where there are fewer")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31))
      ->capture_default_str();
  app.add_option("--seed", laion.seed, "of the sample")->capture_default_str();
  app.add_flag("--drop-duplicates", laion.drop_duplicates, "sample distinct texts; of equal ones the first is kept");
  app.add_option("--out", laion.out, "the text set to write (.h5); must not exist")->required()->group(kExecutionGroup);
  app.add_option("--threads", options.threads, "reading threads; 0 for one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str()
      ->group(kExecutionGroup);
}

int run(Options& options, const CLI::App& app) {
  auto& laion = options.laion;
  check_out(laion.out);
  if (!options.root.empty()) {
    laion.files = img2dataset_shards(options.root);
    if (laion.files.front().extension() == ".tar") laion.format = PromptFormat::kTar;
  } else if (!options.tars.empty()) {
    laion.files = expand_patterns(options.tars, "--tars");
    laion.format = PromptFormat::kTar;
  } else if (!options.parquet.empty()) {
    laion.files = expand_patterns(options.parquet, "--parquet");
  } else {
    throw InputError("prep laion", "", "--parquet, --tars or --root", "none of them");
  }
  if (!options.column.empty()) laion.columns = {options.column};
  laion.configuration = result_configuration(app);
  laion.threads = rank_threads(options.threads, world());
  prepare_laion(laion);
  return kDone;
}

} // namespace

Subcommand prep_laion_command(CLI::App& prep) {
  const auto options = std::make_shared<Options>();
  auto* app = prep.add_subcommand("laion", "LAION's prompts to a text set: a seeded sample, in one pass");
  add_options(*app, *options);
  return {app, [options, app] { return run(*options, *app); }};
}

} // namespace cxr
