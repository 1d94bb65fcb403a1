/// @file
/// A step of a study: one command of the program, what it reads and what it makes.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace cxr::study {

struct Step {
  std::string name; ///< unique in the study; letters, digits, dots, dashes: it names files
  std::string what; ///< a line for people
  /// The program's arguments; other steps' results are relative to the study's folder, in which the command runs; inputs are
  /// absolute.
  std::vector<std::string> command;
  /// The same with `{name}` where an input stands: what decides the result, wherever the study and its inputs lie.
  std::vector<std::string> identity;
  std::string out;                 ///< file or folder that it makes, relative to the study's folder
  bool reads_results = false;      ///< of the tables, figures and report: reads study.toml, and takes no --out
  std::vector<std::string> inputs; ///< files and folders from outside the study: absolute paths, as in `command`
  std::vector<std::size_t> needs;  ///< numbers of the steps whose results it reads, ascending
  int max_ranks = 1;               ///< 0: any number
  std::string time;                ///< a Slurm time limit of its own, "08:00:00"; empty: the site's
  std::size_t section = 0;         ///< the number of the [[step]] that it comes from; several come from one with `for`

  /// Those of `wanted` ranks that it can use.
  int ranks(int wanted) const { return max_ranks == 0 ? wanted : std::min(wanted, max_ranks); }
};

} // namespace cxr::study
