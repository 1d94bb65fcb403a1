#include "training/sample_order.h"

#include <gmock/gmock.h>

namespace cxr {
namespace {

/// All ranks' draws of steps begin … end - 1, in the order of their numbers.
std::vector<Draw> draws_of(SampleOrder& order, std::int64_t begin, std::int64_t end, int ranks) {
  std::vector<Draw> draws;
  for (auto step = begin; step < end; ++step) {
    for (int rank = 0; rank < ranks; ++rank) {
      const auto part = order.draws(step, rank, ranks);
      draws.insert(draws.end(), part.begin(), part.end());
    }
  }
  return draws;
}

std::vector<std::int64_t> samples_of(const std::vector<Draw>& draws) {
  std::vector<std::int64_t> samples;
  for (const auto& draw : draws) samples.push_back(draw.sample);
  return samples;
}

class SampleOrderTest : public testing::TestWithParam<std::pair<std::int64_t, std::int64_t>> {};

TEST_P(SampleOrderTest, UsesEachSampleOnceAnEpochOnAnyRanksAndAfterResuming) {
  const auto [samples, batch] = GetParam();
  const std::int64_t steps = 4 * samples; // as many epochs as a batch has samples, times 4
  SampleOrder order(samples, batch, 7);
  const auto undisturbed = draws_of(order, 0, steps, 1);
  ASSERT_EQ(std::ssize(undisturbed), steps * batch);
  std::vector<std::int64_t> all(static_cast<std::size_t>(samples));
  for (std::int64_t i = 0; i < samples; ++i) all[static_cast<std::size_t>(i)] = i;
  const auto order_of_samples = samples_of(undisturbed);
  for (std::int64_t epoch = 0; (epoch + 1) * samples <= steps * batch; ++epoch) {
    const auto begin = order_of_samples.begin() + epoch * samples;
    EXPECT_THAT(std::vector(begin, begin + samples), testing::UnorderedElementsAreArray(all)) << "epoch " << epoch;
  }
  for (std::int64_t i = 0; i < std::ssize(undisturbed); ++i) {
    EXPECT_EQ(undisturbed[static_cast<std::size_t>(i)].number, i);
    EXPECT_EQ(undisturbed[static_cast<std::size_t>(i)].step, i / batch);
  }
  // Cut off twice, each launch with other ranks and an order of its own.
  SampleOrder first(samples, batch, 7), second(samples, batch, 7);
  auto resumed = samples_of(draws_of(first, 0, 3, 3));
  const auto rest = samples_of(draws_of(second, 3, steps, 2));
  resumed.insert(resumed.end(), rest.begin(), rest.end());
  EXPECT_EQ(resumed, order_of_samples);
}

INSTANTIATE_TEST_SUITE_P(Sizes, SampleOrderTest,
                         testing::Values(std::pair{12, 4}, std::pair{13, 4}, std::pair{5, 16}, std::pair{1, 3}, std::pair{40, 1}));

TEST(SampleOrder, DiffersFromEpochToEpochAndFromSeedToSeed) {
  const auto epoch = [](std::uint64_t seed, std::int64_t number) {
    SampleOrder order(100, 100, seed);
    return samples_of(order.draws(number, 0, 1));
  };
  EXPECT_NE(epoch(1, 0), epoch(1, 1));
  EXPECT_NE(epoch(1, 0), epoch(2, 0));
  EXPECT_EQ(epoch(1, 1), epoch(1, 1));
}

// The mean place of the first sample over many epochs is the middle, within five standard errors.
TEST(SampleOrder, GivesASampleAnyPlace) {
  SampleOrder order(9, 9, 3);
  double sum = 0;
  constexpr std::int64_t kEpochs = 2000;
  for (std::int64_t epoch = 0; epoch < kEpochs; ++epoch) {
    const auto samples = samples_of(order.draws(epoch, 0, 1));
    sum += static_cast<double>(std::ranges::find(samples, 0) - samples.begin());
  }
  EXPECT_NEAR(sum / kEpochs, 4, 5 * std::sqrt(80. / 12 / kEpochs));
}

} // namespace
} // namespace cxr
