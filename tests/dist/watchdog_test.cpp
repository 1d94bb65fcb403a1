#include "dist/watchdog.h"

#include <gmock/gmock.h>

#include <future>
#include <thread>

namespace cxr {
namespace {

using std::chrono::milliseconds;

struct Bark {
  std::promise<std::string> promise;
  std::future<std::string> what = promise.get_future();
  Watchdog::OnTimeout call = [this](const std::string& text, milliseconds) { promise.set_value(text); };
  bool is_heard_within(milliseconds time) const { return what.wait_for(time) == std::future_status::ready; }
};

TEST(Watchdog, NamesWhatTookTooLong) {
  Bark bark;
  Watchdog watchdog(milliseconds(50), bark.call);
  watchdog.feed("step 16");
  watchdog.feed("step 17");
  ASSERT_TRUE(bark.is_heard_within(milliseconds(5000)));
  EXPECT_EQ(bark.what.get(), "step 17");
}

TEST(Watchdog, IsQuietWhileItIsFed) {
  Bark bark;
  Watchdog watchdog(milliseconds(1000), bark.call); // far longer than the sleeps below, also on a busy machine
  for (int i = 0; i < 25; ++i) {
    watchdog.feed("a step");
    std::this_thread::sleep_for(milliseconds(60));
  }
  EXPECT_FALSE(bark.is_heard_within(milliseconds(0)));
}

TEST(Watchdog, IsQuietBeforeTheFirstStep) {
  Bark bark;
  Watchdog watchdog(milliseconds(50), bark.call);
  EXPECT_FALSE(bark.is_heard_within(milliseconds(200)));
}

TEST(Watchdog, AllowsAStretchSomeTimesATimeout) {
  Bark bark;
  Watchdog watchdog(milliseconds(100), bark.call);
  watchdog.feed("a step");
  watchdog.feed("a checkpoint", 10);
  EXPECT_FALSE(bark.is_heard_within(milliseconds(500)));
  ASSERT_TRUE(bark.is_heard_within(milliseconds(5000)));
  EXPECT_EQ(bark.what.get(), "a checkpoint");
}

} // namespace
} // namespace cxr
