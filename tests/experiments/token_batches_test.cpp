#include "experiments/token_batches.h"

#include <gmock/gmock.h>

#include "core/error.h"

namespace cxr {
namespace {

using Texts = std::vector<std::vector<std::int32_t>>;

std::vector<std::int64_t> numbers(const at::Tensor& x) {
  const auto flat = x.contiguous();
  return {flat.const_data_ptr<std::int64_t>(), flat.const_data_ptr<std::int64_t>() + flat.numel()};
}

TEST(TokenBatches, PadToTheLongestOfABatchAndMaskIt) {
  const auto batches = token_batches({{5}, {1, 2, 3}, {6, 7}}, 6, 9);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(numbers(batches[0].rows), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(numbers(batches[0].ids), (std::vector<std::int64_t>{1, 2, 3, 6, 7, 9}));
  EXPECT_EQ(numbers(batches[0].mask), (std::vector<std::int64_t>{1, 1, 1, 1, 1, 0}));
  EXPECT_EQ(numbers(batches[1].rows), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(numbers(batches[1].ids), (std::vector<std::int64_t>{5}));
}

TEST(TokenBatches, HoldEveryTextOnceWithinTheBudget) {
  Texts texts;
  for (int i = 0; i < 200; ++i) texts.emplace_back(1 + i * 37 % 61, i);
  std::vector<std::int64_t> rows;
  std::int64_t real = 0, padded = 0;
  for (const auto& batch : token_batches(texts, 256, 0)) {
    EXPECT_LE(batch.ids.numel(), 256);
    for (const auto row : numbers(batch.rows)) rows.push_back(row);
    real += batch.mask.sum().item<std::int64_t>();
    padded += batch.ids.numel();
    EXPECT_TRUE(at::equal(batch.ids * batch.mask, batch.rows.unsqueeze(1) * batch.mask)); // each token is its text's number
  }
  std::ranges::sort(rows);
  EXPECT_EQ(rows, numbers(at::arange(200)));
  EXPECT_LT(padded, 1.06 * real); // sorted texts hardly need padding; as they come, 60 of 61 lengths would
}

TEST(TokenBatches, TakeATextThatIsLongerThanTheBudget) {
  const auto batches = token_batches({{1, 2, 3, 4}, {5}}, 3, 0);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].ids.size(1), 4);
}

TEST(TokenBatches, PadToAGivenLength) {
  const auto batches = token_batches({{1}, {2, 3}}, 8, 7, 4);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(numbers(batches[0].ids), (std::vector<std::int64_t>{2, 3, 7, 7, 1, 7, 7, 7}));
  EXPECT_THROW(token_batches({{1, 2, 3}}, 8, 0, 2), LogicError);
}

TEST(TokenBatches, OfNoTextsAreNone) { EXPECT_TRUE(token_batches({}, 8, 0).empty()); }

} // namespace
} // namespace cxr
