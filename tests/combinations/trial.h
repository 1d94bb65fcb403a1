/// @file
/// One trial: a combination of options, run and compared.
#pragma once

#include <string>

#include "combinations/command_run.h"
#include "combinations/differences.h"
#include "combinations/inputs.h"
#include "combinations/option_table.h"

namespace cxr::combinations {

/// Runs the commands of one table below a folder. Methods with `ranks` are collective over them; what they return is what is wrong,
/// in words, on the first rank: nothing where all is as it should be.
class Trials {
 public:
  /// @param extra arguments of every run, in place of what the row says of those options: "--device=cuda"
  Trials(const CommandTable& table, const Inputs& inputs, std::filesystem::path folder, std::vector<std::string> extra = {});

  /// Runs the row. @param name of its place  @param keeps_middle a training keeps a checkpoint of each step, whatever the row says
  std::string run(const Row& row, const std::string& name, Communicator& ranks, bool keeps_middle = false);
  /// Runs the row and compares with the run at `reference`, on one rank and the processor.
  std::string compare(const Row& row, const std::string& reference, const std::string& name, Communicator& ranks,
                      bool keeps_middle = false);
  /// Takes the finished run at `name` back to its middle; what it was stays beside it. @return whether it has a middle, on every
  /// rank
  bool take_back(const std::string& name, Communicator& ranks);
  /// Lets a run of the row that was taken back go on, and compares with what it was.
  std::string resume(const Row& row, const std::string& name, Communicator& ranks);
  /// Whether the option's choice, with the choices that it needs beside it, changes what the table says.
  std::string effect(std::size_t option, int choice, Communicator& alone);
  /// Whether the refusal comes as the table says, on every rank, and the same as on one: a rank that refuses alone leaves the
  /// others in a collective.
  std::string refusal(const Refusal& refusal, Communicator& ranks);
  /// The same of processes, as a user starts them: the line that is printed, and the exit status. @param program cxr
  std::string refusal_by_processes(const Refusal& refusal, int ranks, const std::filesystem::path& program);
  /// The plain case with every condition of the refusal.
  Row refused_row(const Refusal& refusal) const;

  void remove(const std::string& name) const;
  RunPlace place(const std::string& name) const { return folder_ / name; }
  /// The command line of a row, for messages.
  std::string shown(const Row& row) const;

 private:
  RunPlace undisturbed(const std::string& name) const { return place(name + "-undisturbed"); }
  std::vector<std::string> arguments(const Row& row, const std::string& name) const;
  void prepare(const std::string& name) const;
  std::string launch(const std::vector<std::string>& arguments, const std::string& name, Communicator& ranks);
  std::string wrong_in(const Refusal& refusal, const Outcome& alone, const Outcome& found) const;
  std::string dtype_of(const Row& row) const;
  double bound(const Row& row) const;
  double device_bound(const Row& row) const;

  const CommandTable& table_;
  const Inputs& inputs_;
  std::filesystem::path folder_;
  std::vector<std::string> extra_;
};

} // namespace cxr::combinations
