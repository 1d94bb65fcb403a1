/// @file
/// The exceptions of the library and the exit status that each one means to a shell or to Slurm.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace cxr {

/// Exit statuses of the program (docs/commands.md).
enum ExitStatus : int {
  kDone = 0,        ///< finished
  kFailed = 1,      ///< anything that is not the user's input
  kBadInput = 2,    ///< wrong usage or bad input
  kInterrupted = 75 ///< stopped early by a signal, state saved: run again to go on
};

/// The user's input is wrong: a file, a field in it, what was expected there and what was found.
/// One line on stderr and exit status 2.
class InputError : public std::runtime_error {
 public:
  /// @param where the file or option
  /// @param field the key, column, tensor, byte offset … in it; may be empty
  /// @param expected what a valid input has there
  /// @param found what this one has
  InputError(std::string_view where, std::string_view field, std::string_view expected, std::string_view found);

  const std::string& where() const { return where_; }
  const std::string& field() const { return field_; }
  const std::string& found() const { return found_; }

 private:
  std::string where_;
  std::string field_;
  std::string found_;
};

/// A signal asked the program to stop; what was finished is on disk. Exit status 75.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal);
};

/// A bug or a broken promise inside the program. Exit status 1.
class LogicError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws LogicError unless `condition` holds. For preconditions that only a bug can break:
///     expects(x.dim() == 4, "AutoencoderKL: sample is [B,C,H,W], got {} dimensions", x.dim());
template <typename... Args>
void expects(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) throw LogicError(fmt::format(format, std::forward<Args>(args)...));
}

} // namespace cxr
