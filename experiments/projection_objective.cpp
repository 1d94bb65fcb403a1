#include "experiments/projection_objective.h"

#include <numeric>

#include "dist/shard_plan.h"
#include "training/trainable.h"

namespace cxr {
namespace {

constexpr std::int64_t kHeldOutAtOnce = 64; ///< prompts; the sums over them are those of any number of ranks

/// Calls `work` with the pairs of each block of this rank's share.
void for_each_block(ProjectionPairSource& source, const Communicator& ranks,
                    const std::function<void(const ProjectionPairs&)>& work) {
  for (const auto batch : deal(whole_batches(source.size(), kHeldOutAtOnce), ranks.rank(), ranks.size())) {
    std::vector<std::int64_t> samples(static_cast<std::size_t>(batch.count));
    std::iota(samples.begin(), samples.end(), batch.begin);
    work(source.pairs(samples));
  }
}

/// The mean over a set of `losses` of a block's pairs.
double mean_loss(ProjectionPairSource& source, Communicator& ranks,
                 const std::function<at::Tensor(const ProjectionPairs&)>& losses) {
  double sum = 0;
  for_each_block(source, ranks, [&](const ProjectionPairs& pairs) { sum += losses(pairs).sum(at::kDouble).item<double>(); });
  return ranks.all_reduce_sum({sum})[0] / static_cast<double>(source.size());
}

std::vector<double> to_doubles(const at::Tensor& t) {
  const auto flat = t.to(at::kCPU, at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

/// The mean target of each place over the prompts in which it counts. @return float32 [S,out]
at::Tensor mean_target(ProjectionPairSource& source, Communicator& ranks) {
  const auto sizes = source.pairs(std::array{std::int64_t{0}}).target.sizes().vec(); // [1,S,out]
  auto sums = at::zeros({sizes[1], sizes[2] + 1}, at::kDouble);                      // the last column counts
  for_each_block(source, ranks, [&](const ProjectionPairs& pairs) {
    const auto weight = pairs.weight.defined() ? pairs.weight : at::ones_like(pairs.target.select(2, 0)); // [n,S]
    const auto weighted = at::cat({pairs.target * weight.unsqueeze(-1), weight.unsqueeze(-1)}, 2);        // [n,S,out+1]
    sums += weighted.sum(0, /*keepdim=*/false, at::kDouble).to(at::kCPU);
  });
  const auto all = at::tensor(ranks.all_reduce_sum(to_doubles(sums)), at::kDouble).view_as(sums);
  return (all.slice(1, 0, sizes[2]) / all.slice(1, sizes[2]).clamp_min(1)).to(at::kFloat);
}

} // namespace

ProjectionObjective::ProjectionObjective(TextualProjection projection, ProjectionLoss loss,
                                         std::unique_ptr<ProjectionPairSource> training, std::vector<HeldOutPairs> held_out,
                                         Communicator& ranks)
    : projection_(std::move(projection)),
      loss_(loss),
      parameters_(make_trainable(*projection_)),
      training_(std::move(training)),
      held_out_(std::move(held_out)),
      ranks_(ranks) {}

at::Tensor ProjectionObjective::losses(std::span<const Draw> draws) {
  std::vector<std::int64_t> samples;
  for (const auto& draw : draws) samples.push_back(draw.sample);
  return losses_of(training_->pairs(samples));
}

at::Tensor ProjectionObjective::losses_of(const ProjectionPairs& pairs) {
  return projection_losses(loss_, projection_(pairs.source), pairs.target, pairs.weight);
}

void ProjectionObjective::write(const StateDict& values, const std::filesystem::path& run, const std::string& suffix) {
  write_textual_projection(run / fmt::format("projection{}.safetensors", suffix), values, projection_->options());
}

std::vector<std::pair<std::string, double>> ProjectionObjective::validate(std::int64_t, const std::filesystem::path&) {
  const at::NoGradGuard no_grad;
  std::vector<std::pair<std::string, double>> numbers;
  for (auto& [name, pairs, of_mean] : held_out_) {
    if (of_mean < 0) {
      const auto mean = mean_target(*pairs, ranks_);
      of_mean = mean_loss(*pairs, ranks_, [&](const ProjectionPairs& block) {
        return projection_losses(loss_, mean.to(block.target.device()).expand_as(block.target), block.target, block.weight);
      });
    }
    numbers.emplace_back(name + "_loss", mean_loss(*pairs, ranks_, [&](const auto& block) { return losses_of(block); }));
    numbers.emplace_back(name + "_loss_of_mean", of_mean);
  }
  return numbers;
}

} // namespace cxr
