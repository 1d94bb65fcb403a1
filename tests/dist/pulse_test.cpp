#include "dist/pulse.h"

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

namespace cxr {
namespace {

using std::chrono::milliseconds;

// How long the pulse of a thread that does `work` (until it is told to stop) is seen to be still within a second.
template <typename Work>
milliseconds longest_stillness(Work work) {
  std::promise<pid_t> number;
  std::atomic<bool> is_over = false;
  std::thread worker([&] {
    number.set_value(::gettid());
    work(is_over);
  });
  Pulse pulse(number.get_future().get());
  milliseconds longest{0};
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(milliseconds(50));
    longest = std::max(longest, pulse.still_for());
  }
  is_over = true;
  worker.join();
  return longest;
}

void wait_in_one_call(std::atomic<bool>& is_over) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, std::chrono::seconds(2), [&] { return is_over.load(); });
}

TEST(Pulse, AThreadInOneSystemCallIsStill) { EXPECT_GE(longest_stillness(wait_in_one_call), milliseconds(700)); }

TEST(Pulse, AThreadThatComputesOrPollsIsNot) {
  EXPECT_LT(longest_stillness([](std::atomic<bool>& is_over) {
              while (!is_over) {
              }
            }),
            milliseconds(500));
  EXPECT_LT(longest_stillness([](std::atomic<bool>& is_over) {
              while (!is_over) std::this_thread::sleep_for(milliseconds(20));
            }),
            milliseconds(500));
}

TEST(Pulse, AThreadThatWaitsForOthersThatComputeIsNot) {
  EXPECT_LT(longest_stillness([](std::atomic<bool>& is_over) {
              std::thread helper([&] {
                while (!is_over) {
                }
              });
              helper.join();
            }),
            milliseconds(500));
}

} // namespace
} // namespace cxr
