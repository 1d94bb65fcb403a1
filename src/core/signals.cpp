#include "core/signals.h"

#include <csignal>

#include <atomic>

#include "core/error.h"

namespace cxr::signals {
namespace {

std::atomic<int> g_received = 0;
static_assert(std::atomic<int>::is_always_lock_free); // so a handler may write it

void on_signal(int signal) {
  g_received = signal;
  if (signal == SIGINT) std::signal(SIGINT, SIG_DFL);
}

} // namespace

void install() {
  for (int signal : {SIGINT, SIGTERM, SIGUSR1}) std::signal(signal, on_signal);
  std::signal(SIGPIPE, SIG_IGN); // a plotter that is not there is a failed write, not the end of a run
}

int received() { return g_received; }

void throw_if_received() {
  if (const int signal = received()) throw Interrupted(signal);
}

} // namespace cxr::signals
