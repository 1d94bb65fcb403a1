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
  std::function<void(const std::string&)> call = [this](const std::string& text) { promise.set_value(text); };
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
  Watchdog watchdog(milliseconds(1000), bark.call); // far longer than the pauses below, also on a busy machine
  for (int i = 0; i < 25; ++i) {
    watchdog.feed("a step");
    std::this_thread::sleep_for(milliseconds(60));
  }
  EXPECT_FALSE(bark.is_heard_within(milliseconds(0)));
}

TEST(Watchdog, IsQuietBeforeTheFirstStepAndInPauses) {
  Bark bark;
  Watchdog watchdog(milliseconds(500), bark.call); // long enough that two calls on a busy machine fit in
  EXPECT_FALSE(bark.is_heard_within(milliseconds(700)));
  Watchdog(milliseconds(500), bark.call).feed("a step whose end comes at once");
  watchdog.feed("a step");
  watchdog.pause();
  EXPECT_FALSE(bark.is_heard_within(milliseconds(700)));
}

} // namespace
} // namespace cxr
