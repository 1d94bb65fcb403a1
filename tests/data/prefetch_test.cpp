#include "data/prefetch.h"

#include <atomic>
#include <stdexcept>

#include <gmock/gmock.h>

namespace cxr {
namespace {

TEST(Prefetcher, HandsOutValuesInOrder) {
  Prefetcher<int, std::string> prefetcher({3, 1, 2}, [](int key) { return std::to_string(key); });
  EXPECT_EQ(prefetcher.next(), "3");
  EXPECT_EQ(prefetcher.next(), "1");
  EXPECT_EQ(prefetcher.next(), "2");
}

TEST(Prefetcher, ReadsAheadButNotFurtherThanAsked) {
  std::atomic<int> fetched = 0;
  Prefetcher<int, int> prefetcher(
      {1, 2, 3, 4, 5, 6}, [&](int key) { return ++fetched, key; }, 2);
  const auto wait_for = [&](int count) {
    for (int i = 0; i < 500 && fetched < count; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::this_thread::sleep_for(std::chrono::milliseconds(20)); // long enough for one more, if the depth did not hold
  };
  wait_for(2);
  EXPECT_EQ(fetched, 2);
  EXPECT_EQ(prefetcher.next(), 1);
  wait_for(3);
  EXPECT_EQ(fetched, 3);
}

TEST(Prefetcher, AFailureComesAfterWhatWasRead) {
  Prefetcher<int, int> prefetcher({1, 2}, [](int key) { return key == 2 ? throw std::runtime_error("damaged") : key; });
  EXPECT_EQ(prefetcher.next(), 1);
  EXPECT_THROW(prefetcher.next(), std::runtime_error);
}

TEST(Prefetcher, MayGoBeforeAllIsTaken) {
  const Prefetcher<int, int> unread(std::vector<int>(100, 1), [](int key) { return key; });
  const Prefetcher<int, int> none({}, [](int key) { return key; });
}

} // namespace
} // namespace cxr
