#include "text/word_cache.h"

#include <gtest/gtest.h>

namespace cxr {
namespace {

TEST(WordCache, GivesBackWhatItTook) {
  WordCache cache;
  EXPECT_TRUE(cache.find("effusion").empty());
  cache.store("effusion", std::vector<std::int32_t>{1, 2});
  cache.store("stable", std::vector<std::int32_t>{3});
  const auto ids = cache.find("effusion");
  EXPECT_EQ(std::vector(ids.begin(), ids.end()), (std::vector<std::int32_t>{1, 2}));
}

TEST(WordCache, DoesNotKeepLongWords) {
  WordCache cache;
  cache.store(std::string(WordCache::kLongestWord, 'a'), std::vector<std::int32_t>{1});
  cache.store(std::string(WordCache::kLongestWord + 1, 'a'), std::vector<std::int32_t>{1});
  EXPECT_FALSE(cache.find(std::string(WordCache::kLongestWord, 'a')).empty());
  EXPECT_TRUE(cache.find(std::string(WordCache::kLongestWord + 1, 'a')).empty());
}

TEST(WordCache, StartsAnewWhenItIsFull) {
  WordCache cache;
  for (std::size_t i = 0; i <= WordCache::kMostWords; ++i)
    cache.store(std::to_string(i), std::vector{static_cast<std::int32_t>(i)});
  EXPECT_TRUE(cache.find("0").empty());
  const auto last = cache.find(std::to_string(WordCache::kMostWords));
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0], static_cast<std::int32_t>(WordCache::kMostWords));
}

} // namespace
} // namespace cxr
