// Every rank runs these tests.
#include "dist/data_parallel.h"

#include <set>

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "dist/mpi_session.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

constexpr std::int64_t kBatch = 12; // for 1, 2, 3 and 4 ranks
// Float32 sums of up to 12 terms in another order.
constexpr double kOrder = 1e-6;

at::Tensor wave(at::IntArrayRef shape, double phase, double scale) {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  return ((at::arange(count, at::kDouble) * 0.73 + phase).sin() * scale).to(at::kFloat).reshape(shape);
}

/// A convolution and two linear layers, large enough for several buckets; the same on each rank.
struct Net {
  Net() {
    for (auto& parameter : parameters) parameter.requires_grad_();
  }

  /// The mean of the losses of samples [from, to), times what makes it count by its samples. @return a scalar
  at::Tensor loss(std::int64_t from, std::int64_t to) const {
    const auto x = wave({kBatch, 3, 16, 16}, 0.1, 1).slice(0, from, to), y = wave({kBatch, 10}, 0.2, 1).slice(0, from, to);
    auto h = at::conv2d(x, parameters[0], parameters[1], 2, 1).relu().flatten(1); // [B, 16·8·8]
    h = at::linear(h, parameters[2], parameters[3]).tanh();
    return (at::linear(h, parameters[4]) - y).square().mean(1).sum() / kBatch;
  }

  std::vector<at::Tensor> gradients() const {
    std::vector<at::Tensor> found;
    for (const auto& parameter : parameters) found.push_back(parameter.grad());
    return found;
  }

  at::Tensor gradient() const { // all in one
    std::vector<at::Tensor> flat;
    for (const auto& part : gradients()) flat.push_back(part.flatten());
    return at::cat(flat);
  }

  std::vector<NamedParameter> named() const {
    std::vector<NamedParameter> all;
    for (std::size_t i = 0; i < parameters.size(); ++i) all.push_back({fmt::format("layer.{}", i), parameters[i]});
    return all;
  }

  std::vector<at::Tensor> parameters{wave({16, 3, 3, 3}, 0.3, 0.3), wave({16}, 0.4, 0.1), wave({512, 1024}, 0.5, 0.05),
                                     wave({512}, 0.6, 0.1), wave({10, 512}, 0.7, 0.1)};
};

class InParallel : public testing::Test {
 protected:
  const std::int64_t rank = world().rank(), ranks = world().size();

  ProcessGroup open() { return open_process_group(world(), at::kCPU, std::chrono::seconds(30)); }

  /// A step of this rank's part of the batch, in pieces.
  void step(DataParallel& data_parallel, const Net& net, std::int64_t pieces = 1) {
    const auto mine = kBatch / ranks;
    data_parallel.zero_grad();
    for (std::int64_t piece = 0; piece < pieces; ++piece) {
      const auto from = rank * mine + mine * piece / pieces, to = rank * mine + mine * (piece + 1) / pieces;
      data_parallel.backward(net.loss(from, to) * ranks, piece + 1 == pieces);
    }
  }

  void expect_same_on_all_ranks(const at::Tensor& tensor) {
    const std::string bytes(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
    EXPECT_TRUE(world().broadcast(bytes) == bytes) << "rank " << rank;
  }
};

TEST_F(InParallel, GradientsAreThoseOfTheWholeBatch) {
  Net alone, shared;
  alone.loss(0, kBatch).backward();
  DataParallel data_parallel(shared.named(), open());
  for (const auto pieces : {1, 3, 2, 1}) { // the first step lays out the buckets; the others find them
    step(data_parallel, shared, pieces);
    EXPECT_CLOSE(shared.gradient(), alone.gradient(), kOrder);
    expect_same_on_all_ranks(shared.gradient());
  }
}

TEST_F(InParallel, BitsRepeatFromStepToStepAndFromRunToRun) {
  at::Tensor first;
  for (int run = 0; run < 2; ++run) {
    Net net;
    DataParallel data_parallel(net.named(), open());
    for (int i = 0; i < 3; ++i) {
      step(data_parallel, net, 2);
      if (!first.defined()) first = net.gradient();
      EXPECT_CLOSE(net.gradient(), first, 0);
    }
  }
}

TEST_F(InParallel, GradientsLiveInTheBuckets) {
  Net net;
  DataParallel data_parallel(net.named(), open());
  EXPECT_EQ(data_parallel.last_step().bytes, 0);
  step(data_parallel, net);
  const auto before = net.gradients();
  data_parallel.zero_grad();
  for (const auto& gradient : net.gradients()) EXPECT_FALSE(gradient.defined());
  if (ranks == 1) return;
  step(data_parallel, net);
  std::set<const void*> buckets;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(net.gradients()[i].const_data_ptr(), before[i].const_data_ptr());
    buckets.insert(net.gradients()[i].storage().data());
  }
  EXPECT_EQ(buckets.size(), 2u); // the small one, of what arrives last, and one for the rest
  std::int64_t bytes = 0;
  for (const auto& gradient : net.gradients()) bytes += static_cast<std::int64_t>(gradient.nbytes());
  EXPECT_EQ(data_parallel.last_step().bytes, bytes);
  EXPECT_GT(data_parallel.last_step().exposed, 0);
}

TEST_F(InParallel, ValuesComeFromRankZeroAndThenFromTheirOwners) {
  const at::NoGradGuard no_grad;
  Net net;
  for (auto& parameter : net.parameters) parameter.fill_(rank + 1);
  DataParallel data_parallel(net.named(), open());
  for (const auto& parameter : net.parameters) EXPECT_CLOSE(parameter, at::ones_like(parameter), 0);
  std::vector<int> owners;
  for (std::size_t i = 0; i < net.parameters.size(); ++i) {
    owners.push_back(static_cast<int>(static_cast<std::int64_t>(i) % ranks));
    net.parameters[i].fill_(10 * rank + static_cast<std::int64_t>(i));
  }
  data_parallel.broadcast_from(owners);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    EXPECT_CLOSE(net.parameters[i], at::full_like(net.parameters[i], 10 * owners[i] + static_cast<std::int64_t>(i)), 0);
  }
}

std::string refusal(DataParallel& data_parallel, const at::Tensor& loss) {
  try {
    data_parallel.backward(loss, true);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST_F(InParallel, AParameterThatTheLossDoesNotUseIsNamed) {
  Net net;
  {
    DataParallel data_parallel(net.named(), open());
    EXPECT_EQ(refusal(data_parallel, net.parameters[2].sum() + net.parameters[3].sum() + net.parameters[4].sum()),
              "training: the loss does not depend on layer.0 [16,3,3,3] (2 of 5 parameters in all)");
  }
  DataParallel another(net.named(), open());
  step(another, net);
  EXPECT_NO_THROW(step(another, net));
}

/// y = x, whose backward runs another backward of its own.
struct BackwardInside : torch::autograd::Function<BackwardInside> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x, at::Tensor of, bool accumulates) {
    ctx->saved_data["of"] = of;
    ctx->saved_data["accumulates"] = accumulates;
    return x.clone();
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx, torch::autograd::variable_list gradients) {
    const at::AutoGradMode on(true);
    auto of = ctx->saved_data["of"].toTensor();
    const auto loss = of.square().sum();
    if (ctx->saved_data["accumulates"].toBool()) {
      loss.backward();
    } else {
      torch::autograd::grad({loss}, {of});
    }
    return {gradients[0], at::Tensor(), at::Tensor()};
  }
};

// As activation checkpointing does it: the gradients inside are its own, and no bucket may go for them.
TEST_F(InParallel, ABackwardInsideOfABackwardIsNotCounted) {
  Net alone, shared;
  alone.loss(0, kBatch).backward();
  DataParallel data_parallel(shared.named(), open());
  const auto mine = kBatch / ranks;
  for (int i = 0; i < 2; ++i) { // the step that lays the buckets out, and one that finds them
    data_parallel.zero_grad();
    const auto loss = BackwardInside::apply(shared.loss(rank * mine, (rank + 1) * mine), shared.parameters[4], false);
    data_parallel.backward(loss * ranks, true);
    EXPECT_CLOSE(shared.gradient(), alone.gradient(), kOrder);
    expect_same_on_all_ranks(shared.gradient());
  }
}

TEST_F(InParallel, AGradientThatComesTwiceIsRefusedByName) {
  Net net;
  DataParallel data_parallel(net.named(), open());
  const auto mine = kBatch / ranks;
  const auto loss = BackwardInside::apply(net.loss(rank * mine, (rank + 1) * mine), net.parameters[4], true);
  EXPECT_EQ(refusal(data_parallel, loss * ranks), "training: a second gradient of layer.4 [10,512] in one backward");
}

TEST_F(InParallel, LeavesTheParametersAloneAfterwards) {
  Net net, alone;
  {
    DataParallel data_parallel(net.named(), open());
    step(data_parallel, net);
    data_parallel.zero_grad();
  }
  net.loss(0, kBatch).backward();
  alone.loss(0, kBatch).backward();
  EXPECT_CLOSE(net.gradient(), alone.gradient(), kOrder);
}

} // namespace
} // namespace cxr
