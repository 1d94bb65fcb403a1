#include "core/signals.h"

#include <csignal>

#include <thread>

#include <gtest/gtest.h>

#include "core/error.h"
#include "support/signal_self.h"

namespace cxr::signals {
namespace {

bool takes_any() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return !sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGUSR1);
}

// In child processes: the flag stays set for the rest of a process.
TEST(SignalsDeathTest, ASignalSetsTheFlag) {
  EXPECT_EXIT(
      {
        install();
        if (received() != 0) std::_Exit(1);
        throw_if_received();
        test::signal_self(SIGTERM);
        if (received() != SIGTERM) std::_Exit(2);
        try {
          throw_if_received();
        } catch (const Interrupted&) {
          std::_Exit(75);
        }
      },
      testing::ExitedWithCode(75), "");
}

TEST(SignalsDeathTest, ASecondInterruptEnds) {
  EXPECT_EXIT(
      {
        install();
        test::signal_self(SIGINT);
        ::kill(::getpid(), SIGINT);
        std::this_thread::sleep_for(std::chrono::seconds(5));
      },
      testing::KilledBySignal(SIGINT), "");
}

// Where a signal is written while oneDNN has the stack pointer, another's memory may lie.
TEST(SignalsDeathTest, NoThreadThatComputesTakesASignal) {
  EXPECT_EXIT(
      {
        install();
        if (takes_any()) std::_Exit(1);
        bool other_takes_any = true;
        std::thread([&] { other_takes_any = takes_any(); }).join();
        std::_Exit(other_takes_any ? 2 : 0);
      },
      testing::ExitedWithCode(0), "");
}

} // namespace
} // namespace cxr::signals
