#include "core/log.h"

#include <atomic>
#include <cstdio>
#include <string>

#include "core/privacy.h"

namespace cxr::log {
namespace {

std::atomic<int> g_rank = 0;
std::atomic<int> g_ranks = 1;
std::atomic<bool> g_quiet = false;

// A single write call, so that lines of several ranks do not interleave.
void write_line(const std::string& text) {
  auto line = privacy::shown(text);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

} // namespace

void set_rank(int rank, int ranks) {
  g_rank = rank;
  g_ranks = ranks;
}

void set_quiet(bool quiet) { g_quiet = quiet; }

bool is_quiet() { return g_quiet; }

void info_line(std::string_view text) {
  if (g_rank == 0 && !g_quiet) write_line(std::string(text));
}

void warn_line(std::string_view text) {
  write_line(g_ranks > 1 ? fmt::format("cxr: rank {}: warning: {}", g_rank.load(), text) : fmt::format("cxr: warning: {}", text));
}

} // namespace cxr::log
