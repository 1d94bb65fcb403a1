/// @file
/// Lines for people, on stderr. Rank 0 speaks; other ranks only warn.
#pragma once

#include <string_view>

#include <fmt/format.h>

namespace cxr::log {

/// Sets who speaks: the rank and the number of ranks of this process. Called once, after MPI starts.
void set_rank(int rank, int ranks);

/// Silences info and progress lines (`--quiet`).
void set_quiet(bool quiet);
bool is_quiet();

/// A line on stderr from rank 0.
void info_line(std::string_view text);
/// A line on stderr from any rank, which it names when there are several.
void warn_line(std::string_view text);

template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  info_line(fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  warn_line(fmt::format(format, std::forward<Args>(args)...));
}

} // namespace cxr::log
