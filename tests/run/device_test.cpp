#include "run/device.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "run/execution_options.h"
#include "support/throws.h"

namespace cxr {
namespace {

TEST(OpenDevice, KnowsTheCpuAndRefusesOtherNames) {
  EXPECT_TRUE(open_device("cpu", 3).is_cpu());
  EXPECT_EQ(test::message_of<InputError>([] { open_device("tpu", 0); }), "--device: expected cpu or cuda, found tpu");
}

TEST(RankThreads, AreTheRanksShareUnlessAsked) {
  class FourOnANode final : public Communicator {
   public:
    int rank() const override { return 1; }
    int size() const override { return 4; }
    int local_rank() const override { return 1; }
    int local_size() const override { return 4; }
    void barrier() override {}
    std::string broadcast(std::string bytes, int) override { return bytes; }
    std::vector<std::string> all_gather(const std::string& bytes) override { return {bytes}; }
    std::int64_t all_reduce_max(std::int64_t value) override { return value; }
  } ranks;
  EXPECT_EQ(rank_threads(7, ranks), 7);
  EXPECT_GE(rank_threads(0, ranks), 1);
  EXPECT_LE(rank_threads(0, ranks), std::max(rank_threads(0, LocalCommunicator()) / 4, 1));
}

TEST(ParseDtype, KnowsThreeTypes) {
  EXPECT_EQ(parse_dtype("float32"), at::kFloat);
  EXPECT_EQ(parse_dtype("bfloat16"), at::kBFloat16);
  EXPECT_EQ(parse_dtype("float16"), at::kHalf);
  EXPECT_THROW(parse_dtype("int8"), InputError);
}

} // namespace
} // namespace cxr
