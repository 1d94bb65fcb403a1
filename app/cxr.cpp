/// @file
/// The program: names each subcommand and the folder that it lives in; catches, reports, exits.
#include <chrono>
#include <cstdio>
#include <ranges>
#include <thread>

#include "analysis/commands.h"
#include "app/demo.h"
#include "app/study_command.h"
#include "core/error.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/options.h"
#include "core/privacy.h"
#include "core/signals.h"
#include "data_prep/commands.h"
#include "dist/mpi_session.h"
#include "experiments/commands.h"
#include "nn/large_blocks.h"

namespace cxr {
namespace {

bool option_exists(const std::vector<std::string>& command, const std::string& option);

/// The whole command line.
class Program {
 public:
  Program() : root_("Adapts Stable Diffusion to chest X-rays and measures what each adaptation buys.", "cxr") {
    root_.set_version_flag("--version", "cxr " CXR_VERSION);
    root_.require_subcommand(1);

    auto* prep = root_.add_subcommand("prep", "Raw radiographs to image sets, reports and prompts to text sets"); // data_prep/
    prep->require_subcommand(1);
    add(prep_chexpert_command(*prep));
    add(prep_mimic_command(*prep));
    add(prep_folder_command(*prep));
    add(prep_phantom_command(*prep));
    add(prep_reports_command(*prep));
    add(prep_laion_command(*prep));

    add(reconstruct_command(root_)); // experiments/
    add(generate_command(root_));
    add(tokenize_command(root_));
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

    add(merge_command(root_)); // analysis/
    add(tables_command(root_));
    add(figures_command(root_));
    add(report_command(root_));
    add(info_command(root_));
    auto* reader_study = root_.add_subcommand("reader-study", "Reconstructions scored by radiologists"); // analysis/
    reader_study->require_subcommand(1);
    add(reader_study_export_command(*reader_study));
    add(reader_study_import_command(*reader_study));

    auto* study = root_.add_subcommand("study", "A study file taken to all its tables: run it, see how it stands"); // app/
    study->require_subcommand(1);
    add(study_run_command(*study, option_exists));
    add(study_status_command(*study));
    add(study_plan_command(*study, option_exists));
    auto* job = study->add_subcommand("job", "What slurm/step.sbatch calls around a step's command");
    job->require_subcommand(1);
    add(study_job_begin_command(*job, option_exists));
    add(study_job_end_command(*job));
    add(demo_command(root_, option_exists));
  }

  /// @param arguments those after the program's name  @return an exit status
  int run(const std::vector<std::string>& arguments) {
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

  /// Whether the command that the arguments begin with has an option. @throws InputError if there is no such command
  bool has_option(const std::vector<std::string>& arguments, const std::string& option) const {
    check_command(arguments);
    const CLI::App* app = &root_;
    for (const auto& argument : arguments) {
      const auto named = app->get_subcommands([&](const CLI::App* command) { return command->check_name(argument); });
      if (named.empty()) break;
      app = named.front();
    }
    return app->get_option_no_throw(option) != nullptr;
  }

 private:
  void add(Subcommand command) { commands_.push_back(std::move(command)); }

  /// Names a command that does not exist; CLI11 would only say that one is missing.
  void check_command(const std::vector<std::string>& arguments) const {
    const CLI::App* app = &root_;
    for (const auto& argument : arguments) {
      const auto subcommands = app->get_subcommands([](const CLI::App*) { return true; });
      if (argument.starts_with('-') || subcommands.empty()) return;
      const auto found = std::ranges::find(subcommands, argument, &CLI::App::get_name);
      if (found == subcommands.end()) {
        const auto names = subcommands | std::views::transform([](const CLI::App* command) { return command->get_name(); });
        throw InputError(app->get_name(), "subcommand", fmt::format("one of {}", fmt::join(names, ", ")), argument);
      }
      app = *found;
    }
  }

  /// Help and version go to stdout; wrong usage is one line.
  int report(const CLI::ParseError& error) const {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      if (world().is_root()) root_.exit(error);
      return kDone;
    }
    if (world().is_root()) fmt::print(stderr, "cxr: {} (cxr --help, cxr COMMAND --help)\n", privacy::shown(error.what()));
    return kBadInput;
  }

  CLI::App root_;
  std::vector<Subcommand> commands_;
};

bool option_exists(const std::vector<std::string>& command, const std::string& option) {
  static const Program program;
  return program.has_option(command, option);
}

void report(const std::exception& error) {
  const auto& ranks = world();
  fmt::print(stderr, "{}: {}\n", ranks.size() > 1 ? fmt::format("cxr: rank {}", ranks.rank()) : "cxr",
             privacy::shown(error.what()));
}

/// Prints the cause and says which exit status it means.
int status_of_current_exception() {
  try {
    throw;
  } catch (const Interrupted& error) {
    if (world().is_root()) report(error);
    return kInterrupted;
  } catch (const InputError& error) {
    // All ranks read the same input: rank 0 says what is wrong once, and its abort ends those that wait here.
    if (!world().is_root()) std::this_thread::sleep_for(std::chrono::seconds(1));
    report(error);
    return kBadInput;
  } catch (const std::exception& error) {
    report(error);
    return kFailed;
  }
}

} // namespace
} // namespace cxr

int main(int argc, char** argv) {
  cxr::privacy::start();
  cxr::keep_freed_memory();
  cxr::nn::keep_tensor_memory();
  int status = cxr::kFailed;
  try {
    const cxr::MpiSession session(&argc, &argv);
    cxr::log::set_rank(cxr::world().rank(), cxr::world().size());
    cxr::signals::install();
    try {
      status = cxr::Program().run({argv + 1, argv + argc});
    } catch (...) {
      status = cxr::status_of_current_exception();
      // All ranks agreed to stop at a signal; after anything else the others may wait for this one in a collective.
      if (status != cxr::kInterrupted) cxr::MpiSession::abort(status);
    }
  } catch (...) {
    status = cxr::status_of_current_exception();
  }
  return status;
}
