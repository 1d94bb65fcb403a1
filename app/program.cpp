#include "app/program.h"

#include <algorithm>
#include <iterator>

#include "analysis/commands.h"
#include "app/demo.h"
#include "app/study_command.h"
#include "app/verify_command.h"
#include "core/error.h"
#include "core/privacy.h"
#include "data_prep/commands.h"
#include "dist/communicator.h"
#include "experiments/commands.h"

namespace cxr {
namespace {

bool option_exists(const std::vector<std::string>& command, const std::string& option) {
  static const Program program;
  return program.has_option(command, option);
}

} // namespace

Program::Program() : root_("Adapts Stable Diffusion to chest X-rays and measures what each adaptation buys.", "cxr") {
  root_.set_version_flag("--version", "cxr " CXR_VERSION);
  root_.require_subcommand(1);

  auto* prep = root_.add_subcommand("prep", "Raw radiographs to image sets, reports and prompts to text sets"); // data_prep/
  prep->require_subcommand(1);
  add(prep_chexpert_command(*prep));
  add(prep_mimic_command(*prep));
  add(prep_folder_command(*prep));
  add(prep_phantom_command(*prep));
  add_for_one(prep_reports_command(*prep)); // one process is as fast as the disk
  add_for_one(prep_laion_command(*prep));

  add(reconstruct_command(root_)); // experiments/
  add(generate_command(root_));
  add_for_one(tokenize_command(root_));
  auto* train =
      root_.add_subcommand("train", "A projection, a token's embedding or the U-Net, adapted to radiographs"); // experiments/
  train->require_subcommand(1);
  add(train_projection_command(*train));
  add(train_inversion_command(*train));
  add(train_unet_command(*train));
  add(classify_command(root_));
  add(features_command(root_));
  add(fid_command(root_));
  add(diversity_command(root_));
  add(embed_command(root_));
  add(retrieve_command(root_));

  add_for_one(merge_command(root_)); // analysis/
  add_for_one(tables_command(root_));
  add_for_one(figures_command(root_));
  add_for_one(report_command(root_));
  add_for_one(info_command(root_));
  add_for_one(verify_command(root_));                                                                  // app/
  auto* reader_study = root_.add_subcommand("reader-study", "Reconstructions scored by radiologists"); // analysis/
  reader_study->require_subcommand(1);
  add_for_one(reader_study_export_command(*reader_study));
  add_for_one(reader_study_import_command(*reader_study));

  auto* study = root_.add_subcommand("study", "A study file taken to all its tables: run it, see how it stands"); // app/
  study->require_subcommand(1);
  add_for_one(study_run_command(*study, option_exists));
  add_for_one(study_status_command(*study));
  add_for_one(study_plan_command(*study, option_exists));
  auto* job = study->add_subcommand("job", "What slurm/step.sbatch calls around a step's command");
  job->require_subcommand(1);
  add_for_one(study_job_begin_command(*job, option_exists));
  add_for_one(study_job_end_command(*job));
  add_for_one(demo_command(root_, option_exists));
}

void Program::add_for_one(Subcommand command) {
  add({command.app, [run = std::move(command.run)] {
         auto& ranks = world();
         int status = kDone;
         std::exception_ptr interruption; // which all ranks have to know of; after anything else main() ends them
         try {
           if (ranks.is_root()) status = run();
         } catch (const Interrupted&) {
           status = kInterrupted;
           interruption = std::current_exception();
         }
         status = std::stoi(ranks.broadcast(std::to_string(status), 0));
         if (interruption) std::rethrow_exception(interruption);
         return status;
       }});
}

int Program::run(const std::vector<std::string>& arguments) {
  check_command(arguments);
  auto expanded = expand_config(root_, arguments);
  std::reverse(expanded.begin(), expanded.end()); // as CLI11 takes a vector
  try {
    root_.parse(std::move(expanded));
  } catch (const CLI::ParseError& error) {
    return report(error);
  }
  for (const auto& command : commands_) {
    if (command.app->parsed()) return command.run();
  }
  throw LogicError("a subcommand was parsed that is not listed");
}

bool Program::has_option(const std::vector<std::string>& arguments, const std::string& option) const {
  check_command(arguments);
  const CLI::App* app = &root_;
  for (const auto& argument : arguments) {
    const auto named = app->get_subcommands([&](const CLI::App* command) { return command->check_name(argument); });
    if (named.empty()) break;
    app = named.front();
  }
  return app->get_option_no_throw(option) != nullptr;
}

// Names a command that does not exist; CLI11 would only say that one is missing.
void Program::check_command(const std::vector<std::string>& arguments) const {
  const CLI::App* app = &root_;
  for (const auto& argument : arguments) {
    const auto subcommands = app->get_subcommands([](const CLI::App*) { return true; });
    if (argument.starts_with('-') || subcommands.empty()) return;
    const auto found = std::ranges::find(subcommands, argument, &CLI::App::get_name);
    if (found == subcommands.end()) {
      std::vector<std::string> names;
      std::ranges::transform(subcommands, std::back_inserter(names), &CLI::App::get_name);
      throw InputError(app->get_name(), "subcommand", fmt::format("one of {}", fmt::join(names, ", ")), argument);
    }
    app = *found;
  }
}

// Help and version go to stdout; wrong usage is one line.
int Program::report(const CLI::ParseError& error) const {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    if (world().is_root()) root_.exit(error);
    return kDone;
  }
  if (world().is_root()) fmt::print(stderr, "cxr: {} (cxr --help, cxr COMMAND --help)\n", privacy::shown(error.what()));
  return kBadInput;
}

} // namespace cxr
