#include "core/rng.h"

#include <cmath>
#include <numeric>
#include <set>

#include <gmock/gmock.h>

namespace cxr::rng {
namespace {

using Words = std::array<std::uint32_t, 4>;

// The vectors of Random123's kat_vectors for philox4x32-10.
TEST(Philox, AgreesWithRandom123) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Generator, DependsOnSeedStreamAndSampleAlone) {
  const auto first = [](std::uint64_t seed, Stream stream, std::uint64_t sample) {
    return Generator(seed, stream, sample).next_u64();
  };
  EXPECT_EQ(first(1, Stream::kPosterior, 2), first(1, Stream::kPosterior, 2));
  const std::set<std::uint64_t> different = {
      first(1, Stream::kPosterior, 2), first(2, Stream::kPosterior, 2),          first(1, Stream::kPhantom, 2),
      first(1, Stream::kPosterior, 3), first(1ull << 32, Stream::kPosterior, 2), first(1, Stream::kPosterior, 1ull << 32)};
  EXPECT_EQ(different.size(), 6u);
}

TEST(Generator, GoesOnThroughItsBlocks) {
  Generator generator(7, Stream::kPosterior, 5);
  const std::array<std::uint32_t, 2> key = {7, 0};
  for (std::uint32_t block = 0; block < 3; ++block) {
    for (const auto word : philox({block, 5, 0, static_cast<std::uint32_t>(Stream::kPosterior)}, key)) {
      EXPECT_EQ(generator.next_u32(), word);
    }
  }
}

TEST(Generator, UniformNumbersAreUniform) {
  Generator generator(3, Stream::kBootstrap);
  constexpr int kCount = 200'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const double u = generator.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u, squares += u * u;
  }
  // Five standard errors: √(1/12)/√n and √(4/45)/√n.
  EXPECT_NEAR(sum / kCount, 0.5, 5 * 0.2887 / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount, 1.0 / 3, 5 * 0.2981 / std::sqrt(kCount));
}

TEST(Generator, NormalNumbersAreNormal) {
  std::vector<float> x(200'001); // odd: the spare of a pair is not used up
  fill_normal(x, 11, Stream::kPosterior, 0);
  const auto moment = [&](int power) {
    return std::accumulate(x.begin(), x.end(), 0.0, [&](double s, float v) { return s + std::pow(v, power); }) /
           static_cast<double>(x.size());
  };
  const double error = 5 / std::sqrt(static_cast<double>(x.size())); // five standard errors, times each moment's deviation
  EXPECT_NEAR(moment(1), 0, error);
  EXPECT_NEAR(moment(2), 1, error * std::sqrt(2.0));
  EXPECT_NEAR(moment(3), 0, error * std::sqrt(15.0));
  EXPECT_NEAR(moment(4), 3, error * std::sqrt(96.0));
}

TEST(Generator, BelowIsUnbiasedAndInRange) {
  Generator generator(5, Stream::kSampling);
  std::array<int, 7> counts{};
  constexpr int kCount = 70'000;
  for (int i = 0; i < kCount; ++i) ++counts.at(generator.below(7));
  for (const int count : counts) EXPECT_NEAR(count, kCount / 7, 5 * std::sqrt(kCount / 7.0)); // five standard deviations
  EXPECT_EQ(generator.below(1), 0u);
  // Three quarters of all words: a remainder alone would make the lowest third as likely as the other two together.
  constexpr auto kLarge = std::uint64_t{3} << 62;
  int low = 0;
  for (int i = 0; i < kCount; ++i) low += generator.below(kLarge) < kLarge / 3;
  EXPECT_NEAR(low, kCount / 3.0, 5 * std::sqrt(kCount * 2.0 / 9));
}

TEST(SampleWithoutReplacement, IsSortedDistinctAndOfTheSizeAsked) {
  const auto sample = sample_without_replacement(1000, 100, 3, Stream::kSampling);
  EXPECT_EQ(sample.size(), 100u);
  EXPECT_TRUE(std::is_sorted(sample.begin(), sample.end()));
  EXPECT_EQ(std::set(sample.begin(), sample.end()).size(), 100u);
  EXPECT_GE(sample.front(), 0);
  EXPECT_LT(sample.back(), 1000);
  EXPECT_EQ(sample, sample_without_replacement(1000, 100, 3, Stream::kSampling));
  EXPECT_NE(sample, sample_without_replacement(1000, 100, 4, Stream::kSampling));
}

TEST(SampleWithoutReplacement, TakesAllWhereThereAreNoMore) {
  EXPECT_EQ(sample_without_replacement(4, 9, 0, Stream::kSampling), (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_TRUE(sample_without_replacement(0, 5, 0, Stream::kSampling).empty());
  EXPECT_TRUE(sample_without_replacement(5, 0, 0, Stream::kSampling).empty());
}

TEST(SampleWithoutReplacement, EveryMemberIsEquallyLikely) {
  std::array<int, 10> counts{};
  constexpr int kDraws = 20'000;
  for (int seed = 0; seed < kDraws; ++seed) {
    for (const auto i : sample_without_replacement(10, 3, static_cast<std::uint64_t>(seed), Stream::kSampling))
      ++counts.at(static_cast<std::size_t>(i));
  }
  for (const int count : counts) EXPECT_NEAR(count, 0.3 * kDraws, 5 * std::sqrt(0.21 * kDraws)); // five standard deviations
}

} // namespace
} // namespace cxr::rng
