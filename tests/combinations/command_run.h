/// @file
/// One command, run in this process as the program would, on one or several of the launched ranks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dist/communicator.h"

namespace cxr::combinations {

struct Outcome {
  int status = 0;   ///< the exit status
  std::string said; ///< what the exception said, or the last line on standard error
};

/// Runs `cxr ARGUMENTS`, its standard output and error in `folder`/stdout and `folder`/stderr (other ranks than the first: to
/// nowhere).
/// @param ranks that take part, this one among them; they are world() for the time of the run
Outcome run_command(const std::vector<std::string>& arguments, Communicator& ranks, const std::filesystem::path& folder);

/// Runs the command as a user would, in a process or by mpirun, none of the launched ranks'. @param folder where "log" is left
Outcome run_processes(const std::filesystem::path& program, int ranks, const std::vector<std::string>& arguments,
                      const std::filesystem::path& folder);

/// `text` with every `from` replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to);

} // namespace cxr::combinations
