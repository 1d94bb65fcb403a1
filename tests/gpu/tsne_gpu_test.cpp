// t-SNE on a GPU: LibTorch's operators where the CPU has loops.
#include <gtest/gtest.h>

#include "metrics/metric_fixtures.h"
#include "metrics/tsne.h"
#include "metrics/tsne_forces.h"
#include "run/device.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

TEST(TsneOnGpu, ForcesEqualTheCpu) {
  const auto gpu = open_device("cuda", 0); // throws where there is none: this binary is for machines that have one
  const auto fixture = test::metric_fixtures("tsne", "retrieval.json");
  const auto p = tsne_affinities(test::tensor_of(fixture.at("points")), fixture.at("perplexity"));
  const SparseAffinities on_gpu{p.row_begin.to(gpu), p.column.to(gpu), p.value.to(gpu)};
  const auto layout = test::tensor_of(fixture.at("layout")).to(at::kFloat).t().contiguous(); // [2,N]
  const auto repulsion = tsne_repulsion(layout), there = tsne_repulsion(layout.to(gpu));
  EXPECT_CLOSE(there.force, repulsion.force, 1e-5); // float32 sums of 120, in another order
  EXPECT_CLOSE(there.total, repulsion.total, 1e-6);
  EXPECT_CLOSE(tsne_attraction(on_gpu, layout.to(gpu)), tsne_attraction(p, layout), 1e-5);
}

TEST(TsneOnGpu, DivergenceIsWithin5PercentOfScikitLearns) {
  const auto fixture = test::metric_fixtures("tsne", "retrieval.json");
  const auto points = test::tensor_of(fixture.at("points")).to(open_device("cuda", 0));
  const auto expected = fixture.at("kl").at(0).get<double>();
  EXPECT_NEAR(tsne(points, {.perplexity = fixture.at("perplexity")}).kl_divergence, expected, 0.05 * expected);
}

} // namespace
} // namespace cxr
