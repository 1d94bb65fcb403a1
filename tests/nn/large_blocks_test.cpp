#include "nn/large_blocks.h"

#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"

namespace cxr::nn {
namespace {

constexpr std::size_t kPage = 4096, kMega = std::size_t{1} << 20;

TEST(LargeBlocks, TakeTheLeastHoleThatFits) {
  LargeBlocks blocks(64 * kMega);
  void* const wide = blocks.allocate(8 * kMega);
  void* const wall = blocks.allocate(kMega);
  void* const narrow = blocks.allocate(2 * kMega);
  void* const end = blocks.allocate(kMega);
  blocks.release(wide);
  blocks.release(narrow);
  EXPECT_EQ(blocks.allocate(2 * kMega), narrow);
  EXPECT_EQ(blocks.allocate(3 * kMega), wide);
  EXPECT_EQ(blocks.extent(), 12 * kMega);
  for (auto* block : {wall, narrow, wide, end}) blocks.release(block);
}

TEST(LargeBlocks, NeighboursThatAreFreeBecomeOne) {
  for (const auto& order : std::vector<std::vector<std::size_t>>{{0, 1, 2}, {2, 1, 0}, {0, 2, 1}, {1, 0, 2}}) {
    LargeBlocks blocks(64 * kMega);
    std::vector<void*> all;
    for (int i = 0; i < 3; ++i) all.push_back(blocks.allocate(2 * kMega));
    void* const wall = blocks.allocate(kMega);
    for (const auto i : order) blocks.release(all[i]);
    EXPECT_EQ(blocks.allocate(6 * kMega), all[0]);
    EXPECT_EQ(blocks.extent(), 7 * kMega);
    blocks.release(wall);
  }
}

TEST(LargeBlocks, TheLastHoleGrows) {
  LargeBlocks blocks(256 * kMega);
  void* const first = blocks.allocate(80 * kMega);
  blocks.release(first);
  void* const larger = blocks.allocate(90 * kMega + 1);
  EXPECT_EQ(larger, first);
  EXPECT_EQ(blocks.extent(), 90 * kMega + kPage);
  std::memset(larger, 1, 90 * kMega + 1); // all of it is memory
}

TEST(LargeBlocks, WhatExceedsTheCapacityIsNotThere) {
  LargeBlocks blocks(8 * kMega);
  EXPECT_EQ(blocks.allocate(9 * kMega), nullptr);
  void* const all = blocks.allocate(8 * kMega);
  EXPECT_NE(all, nullptr);
  EXPECT_EQ(blocks.allocate(kPage), nullptr);
  blocks.release(all);
  EXPECT_EQ(blocks.allocate(kPage), all);
  LargeBlocks none(std::size_t{1} << 62); // more addresses than there are
  EXPECT_EQ(none.allocate(kPage), nullptr);
  EXPECT_FALSE(none.owns(&none));
}

TEST(LargeBlocks, RefusesWhatItDidNotGive) {
  LargeBlocks blocks(8 * kMega);
  auto* const block = static_cast<char*>(blocks.allocate(2 * kMega));
  EXPECT_TRUE(blocks.owns(block + 1));
  EXPECT_FALSE(blocks.owns(&blocks));
  EXPECT_THROW(blocks.release(block + kPage), LogicError);
  blocks.release(block);
  EXPECT_THROW(blocks.release(block), LogicError);
}

// Each block holds its number until it is freed: no two overlap, from several threads.
TEST(LargeBlocks, NeverOverlap) {
  LargeBlocks blocks(512 * kMega);
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::pair<unsigned*, std::size_t>> held;
    for (unsigned i = 0; i < 3000; ++i) {
      if (held.size() < 20 && random() % 3 != 0) {
        const auto size = kPage * (1 + random() % 200);
        auto* const block = static_cast<unsigned*>(blocks.allocate(size));
        ASSERT_NE(block, nullptr);
        block[0] = block[size / sizeof(unsigned) - 1] = seed * 10'000 + i;
        held.emplace_back(block, size);
      } else if (!held.empty()) {
        std::swap(held[random() % held.size()], held.back());
        const auto [block, size] = held.back();
        ASSERT_EQ(block[0], block[size / sizeof(unsigned) - 1]);
        ASSERT_EQ(block[0] / 10'000, seed);
        blocks.release(block);
        held.pop_back();
      }
    }
    for (const auto& [block, size] : held) blocks.release(block);
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
  for (auto& thread : threads) thread.join();
  EXPECT_LT(blocks.extent(), 128 * kMega);
  EXPECT_NE(blocks.allocate(blocks.extent()), nullptr); // one hole is left, of everything
}

} // namespace
} // namespace cxr::nn
