/// @file
/// A signal as it comes from outside.
#pragma once

#include <csignal>

#include <chrono>
#include <thread>

#include <unistd.h>

#include "core/signals.h"

namespace cxr::test {

/// Sends this process a signal, and waits until the flag of signals::install() says that it came.
inline void signal_self(int signal) {
  ::kill(::getpid(), signal);
  for (int i = 0; i < 5000 && signals::received() != signal; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

} // namespace cxr::test
