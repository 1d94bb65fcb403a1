#include "core/signals.h"

#include <csignal>

#include <gtest/gtest.h>

#include "core/error.h"

namespace cxr::signals {
namespace {

// In a child process: the flag stays set for the rest of a process.
TEST(SignalsDeathTest, ASignalSetsTheFlagAndASecondInterruptEnds) {
  EXPECT_EXIT(
      {
        install();
        if (received() != 0) std::_Exit(1);
        throw_if_received();
        std::raise(SIGTERM);
        if (received() != SIGTERM) std::_Exit(2);
        try {
          throw_if_received();
        } catch (const Interrupted&) {
          std::_Exit(75);
        }
      },
      testing::ExitedWithCode(75), "");
  EXPECT_EXIT(
      {
        install();
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

} // namespace
} // namespace cxr::signals
