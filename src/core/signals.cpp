#include "core/signals.h"

#include <csignal>

#include <array>
#include <atomic>
#include <thread>

#include <unistd.h>

#include "core/error.h"

namespace cxr::signals {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGUSR1};

std::atomic<int> g_received = 0;
static_assert(std::atomic<int>::is_always_lock_free); // so a handler may write it

void on_signal(int signal) {
  g_received = signal;
  if (signal == SIGINT) std::signal(SIGINT, SIG_DFL);
}

/// Blocks or unblocks the signals in the calling thread. @param how SIG_BLOCK or SIG_UNBLOCK
void mask(int how) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kSignals) sigaddset(&set, signal);
  ::pthread_sigmask(how, &set, nullptr);
}

} // namespace

void block() { mask(SIG_BLOCK); }

void install() {
  for (const int signal : kSignals) std::signal(signal, on_signal);
  std::signal(SIGPIPE, SIG_IGN); // a plotter that is not there is a failed write, not the end of a run
  block();
  std::thread([] {
    mask(SIG_UNBLOCK);
    while (true) ::pause();
  }).detach(); // for as long as the process lives
}

int received() { return g_received; }

void throw_if_received() {
  if (const int signal = received()) throw Interrupted(signal);
}

} // namespace cxr::signals
