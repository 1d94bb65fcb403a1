/// @file
/// Runs in a process of their own that ends early.
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "core/error.h"
#include "core/signals.h"
#include "run/toy_run.h"
#include "support/file_bytes.h"
#include "support/signal_self.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using test::file_bytes;
using test::finish_toy_run;
using test::kToyBatch;

// Starts `child` in a process of its own, which exits with what it returns.
template <typename Child>
pid_t start(Child&& child) {
  const auto pid = ::fork();
  if (pid == 0) ::_exit(child());
  return pid;
}

int status_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

int slow_run(const std::filesystem::path& path) {
  finish_toy_run(path, [](Batch) { std::this_thread::sleep_for(std::chrono::milliseconds(10)); });
  return 0;
}

TEST(KilledRun, FinishesAsIfNothingHadBeen) {
  const auto expected = test::undisturbed_results();
  int killed = 0;
  for (const int milliseconds : {3, 11, 27, 46, 63, 88, 117}) { // 12 batches of 10 ms and their writing
    const test::TemporaryFolder folder;
    // Twice in a row: the second launch starts from what the first left.
    for (int launch = 0; launch < 2; ++launch) {
      const auto pid = start([&] { return slow_run(folder / "run"); });
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      ::kill(pid, SIGKILL);
      killed += WIFSIGNALED(status_of(pid));
    }
    finish_toy_run(folder / "run");
    EXPECT_EQ(file_bytes(folder / "run/results.h5"), expected) << "killed after " << milliseconds << " ms";
  }
  EXPECT_GT(killed, 7); // most were still at work
}

// A run that a signal meets in its third batch, and the first batch that the next launch does.
Batch first_after_signal(const std::function<void()>& in_the_batch) {
  const test::TemporaryFolder folder;
  const auto pid = start([&] {
    signals::install();
    try {
      finish_toy_run(folder / "run", [&](Batch batch) {
        if (batch.begin != 2 * kToyBatch) return;
        test::signal_self(SIGTERM);
        in_the_batch();
      });
    } catch (const Interrupted&) {
      return static_cast<int>(kInterrupted);
    }
    return 0;
  });
  const int status = status_of(pid);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kInterrupted);
  const auto worked = finish_toy_run(folder / "run");
  EXPECT_EQ(file_bytes(folder / "run/results.h5"), test::undisturbed_results());
  return worked.front();
}

TEST(KilledRun, SignalSavesTheBatchAtHand) {
  EXPECT_EQ(first_after_signal([] {}), (Batch{3 * kToyBatch, kToyBatch}));
}

TEST(KilledRun, SignalInTheMiddleOfABatchGivesUpThatBatchAlone) {
  EXPECT_EQ(first_after_signal(signals::throw_if_received), (Batch{2 * kToyBatch, kToyBatch}));
}

} // namespace
} // namespace cxr
