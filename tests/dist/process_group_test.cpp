// Every rank runs these tests.
#include "dist/process_group.h"

#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include "core/error.h"
#include "dist/mpi_session.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using std::chrono::milliseconds;

class Group : public testing::Test {
 protected:
  void SetUp() override {
    if (world().size() == 1) GTEST_SKIP() << "one rank has no group";
    group = open_process_group(world(), at::kCPU, std::chrono::seconds(30));
  }

  at::Tensor all_reduce(at::Tensor tensor, c10d::ReduceOp::RedOpType op = c10d::ReduceOp::SUM) {
    std::vector<at::Tensor> tensors{tensor};
    c10d::AllreduceOptions options;
    options.reduceOp = op;
    group->allreduce(tensors, options)->wait();
    return tensor;
  }

  const int rank = world().rank(), ranks = world().size();
  ProcessGroup group;
};

/// Rank r's values: some of each sign, none equal to another rank's.
at::Tensor values_of(int rank, std::int64_t count, at::ScalarType dtype) {
  return ((at::arange(count, at::kDouble) * 0.37 + 1.7 * rank).sin() * 100).to(dtype);
}

TEST(ProcessGroup, OneRankHasNone) {
  EXPECT_EQ(open_process_group(*std::make_unique<LocalCommunicator>(), at::kCPU, milliseconds(1)), nullptr);
}

TEST_F(Group, AddsInRankOrder) {
  for (const auto dtype : {at::kFloat, at::kDouble, at::kLong}) {
    for (const std::int64_t count : {1, 3, 5000}) { // also fewer elements than ranks
      auto expected = values_of(0, count, dtype);
      for (int other = 1; other < ranks; ++other) expected = expected + values_of(other, count, dtype);
      EXPECT_CLOSE(all_reduce(values_of(rank, count, dtype)), expected, 0);
    }
  }
  EXPECT_EQ(all_reduce(at::empty({0})).numel(), 0);
}

TEST_F(Group, AddsBfloat16InFloat32AndRoundsOnce) {
  auto sum = at::zeros({4099});
  for (int other = 0; other < ranks; ++other) sum += values_of(other, 4099, at::kBFloat16).to(at::kFloat);
  EXPECT_CLOSE(all_reduce(values_of(rank, 4099, at::kBFloat16)), sum.to(at::kBFloat16), 0);
  EXPECT_CLOSE(all_reduce(values_of(rank, 4099, at::kBFloat16), c10d::ReduceOp::AVG), (sum / ranks).to(at::kBFloat16), 0);
}

TEST_F(Group, Averages) {
  EXPECT_CLOSE(all_reduce(at::full({7}, rank, at::kFloat), c10d::ReduceOp::AVG), at::full({7}, (ranks - 1) / 2.), 0);
  EXPECT_THROW(all_reduce(at::full({7}, rank, at::kLong), c10d::ReduceOp::AVG), LogicError);
  EXPECT_THROW(all_reduce(at::zeros({7}, at::kBool)), LogicError);
}

TEST_F(Group, ReducesWhatIsLongerThanAPiece) {
  const std::int64_t count = (std::int64_t{32} << 20) / 4 + 5; // a piece holds 32 MiB
  auto sums = all_reduce(at::full({count}, rank + 1, at::kFloat));
  EXPECT_CLOSE(sums, at::full({count}, ranks * (ranks + 1) / 2), 0);
}

TEST_F(Group, BroadcastsAndGathers) {
  for (int root = 0; root < ranks; ++root) {
    std::vector<at::Tensor> tensors{values_of(rank, 1000, at::kLong)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    group->broadcast(tensors, options)->wait();
    EXPECT_CLOSE(tensors.front(), values_of(root, 1000, at::kLong), 0);
  }
  std::vector<std::vector<at::Tensor>> all(1);
  for (int other = 0; other < ranks; ++other) all.front().push_back(at::zeros({33}));
  std::vector<at::Tensor> mine{values_of(rank, 33, at::kFloat)};
  group->allgather(all, mine)->wait();
  for (int other = 0; other < ranks; ++other) {
    EXPECT_CLOSE(all.front()[static_cast<std::size_t>(other)], values_of(other, 33, at::kFloat), 0);
  }
  group->barrier()->wait();
}

TEST_F(Group, WorksRunInOrderWhileTheCallerGoesOn) {
  std::vector<std::vector<at::Tensor>> tensors;
  std::vector<c10::intrusive_ptr<c10d::Work>> works;
  for (int i = 0; i < 20; ++i) {
    tensors.push_back({at::full({1000}, i, at::kFloat)});
    works.push_back(group->allreduce(tensors.back()));
  }
  EXPECT_EQ(world().all_reduce_max(rank), ranks - 1); // this thread's messages pass those of the group
  for (int i = 19; i >= 0; --i) {
    works[static_cast<std::size_t>(i)]->wait();
    EXPECT_CLOSE(tensors[static_cast<std::size_t>(i)].front(), at::full({1000}, i * ranks), 0);
  }
}

TEST_F(Group, GivesUpOnARankThatStaysAway) {
  if (rank != 0) return; // they stay away
  std::vector<at::Tensor> tensors{at::zeros({12})};
  c10d::AllreduceOptions options;
  options.timeout = milliseconds(250);
  const auto late = group->allreduce(tensors, options), after = group->allreduce(tensors);
  for (const auto& work : {late, after}) { // what comes after a failure fails at once
    try {
      work->wait();
      ADD_FAILURE() << "no error";
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), testing::StartsWith("all-reduce of 12 Float: not all ranks took part within 0.25 s"));
    }
    EXPECT_ANY_THROW(work->getFuture()->value());
  }
}

TEST_F(Group, ShutsDownWithWorkThatCannotEnd) {
  if (rank != 0) return;
  std::vector<at::Tensor> tensors{at::zeros({12})};
  const auto work = group->allreduce(tensors);
  group.reset();
  EXPECT_THROW(work->wait(), std::runtime_error);
}

} // namespace
} // namespace cxr
