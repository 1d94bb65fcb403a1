/// @file
/// What each option of each command is tried with: tables/*.toml. A table must name every option that the program declares, and
/// none besides.
///
///     command = "train unet"
///     result = "training"                              # training, results, file, folder or printed
///     before = "cp -r {in}/study {out}"                # a shell's line, run before each launch
///     first-rank = true                                # of several ranks the first does the work alone
///     [options]
///     images = { values = ["{in}/images.h5"] }         # one value: always given
///     min-snr-gamma = { values = ["absent", 5], changes = ["loss"] }
///     gradient-checkpointing = { values = [false, true], changes = ["rounding"] }
///     [[refused]]                                      # a combination with all of these is refused, on any number of ranks
///     when = { eta = [0.5], scheduler = ["absent", "ddpm"] }
///     says = "--eta: expected 0"
///
/// The first value of each option is the plain case. "{in}" is the folder of inputs (inputs.toml), "{out}" the place of the result.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "combinations/pairwise.h"
#include "core/options.h"

namespace cxr::combinations {

/// One way to give an option.
struct Choice {
  std::string name;                   ///< as the table spells it: "absent", "true", "0.5"
  std::vector<std::string> arguments; ///< none: the option is left out
};

/// What a command leaves behind, and so what is compared.
enum class Result {
  kTraining, ///< a run's folder with loss.csv
  kResults,  ///< a run's folder with results.h5
  kFile,     ///< {out} is a file
  kFolder,   ///< {out} is another folder
  kPrinted   ///< lines on standard output
};

struct Option {
  std::string name; ///< "batch-size"; a positional's name
  std::vector<Choice> choices;
  std::vector<std::string> changes;        ///< what another choice than the first changes (effects.h)
  std::map<std::string, std::string> with; ///< choices of other options beside it, without which it would change nothing
  std::string shown_by;                    ///< the ctest entry that shows the effect, where a toy run can't
};

struct Refusal {
  std::map<std::string, std::vector<std::string>> when; ///< option: names of choices
  std::string says;                                     ///< a part of the message
  int from_ranks = 1;                                   ///< fewer ranks are not refused
};

struct CommandTable {
  std::filesystem::path file;
  std::vector<std::string> words; ///< {"train", "unet"}
  Result result = Result::kPrinted;
  std::string before;      ///< a shell's line that is run before each launch, for commands that write to what they read
  bool on_ranks = true;    ///< whether the command runs on several ranks
  bool first_rank = false; ///< of several, the first alone does the work, and refuses
  std::vector<Option> options;
  std::vector<Refusal> refusals;
  std::map<std::string, double> bounds; ///< of a dtype: how far losses and gradient norms may be from those of one rank

  std::string name() const;
  std::vector<int> values() const;
  std::size_t option(const std::string& name) const; ///< its place; throws for an unknown one
  int choice(std::size_t option, const std::string& name) const;
  /// The plain case: each option's first choice, and the `with` of none.
  Row plain() const { return Row(options.size(), 0); }
  /// Whether no refusal on this number of ranks, and neither `excludes` nor `needs` of the program's, forbids what the row has
  /// chosen.
  bool is_allowed(const Row& row, int ranks) const;
  bool matches(const Refusal& refusal, const Row& row) const;
  /// Those of the table, and what the program itself says that options exclude.
  std::vector<Refusal> all_refusals() const;
  /// The command line after `cxr`, with placeholders.
  std::vector<std::string> arguments(const Row& row) const;
  /// Names of the choices that are not the plain case's: "--size=64 --ema-decay=0.9".
  std::string shown(const Row& row) const;

  /// Pairs of options that exclude, or need, each other: (option, other).
  std::vector<std::pair<std::size_t, std::size_t>> excludes, needs;
};

/// @throws InputError for a table that is not of the form above, an option that the program lacks, and one that the table lacks
CommandTable read_table(const std::filesystem::path& file, const std::vector<Subcommand>& commands);

/// The tables of each command; one whose kinds of work have little in common has several. @param names of the commands; none: all
/// of the program's
/// @throws InputError also for a command without a table
std::vector<CommandTable> read_tables(const std::filesystem::path& folder, const std::vector<Subcommand>& commands,
                                      std::vector<std::string> names);

} // namespace cxr::combinations
