#include "experiments/condition_cache.h"

#include "core/digest_list.h"
#include "core/error.h"
#include "core/log.h"
#include "experiments/encoder_checks.h"
#include "experiments/provenance.h"
#include "models/unet_2d_condition.h"
#include "nn/transfer.h"
#include "run/sharded_run.h"
#include "text/tokenizer.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConditions = "conditions"; ///< float32 [N,S,D] of the cache's results.h5
constexpr std::int64_t kBatchSize = 16;           ///< captions of a shard's smallest part; each is encoded by itself

std::string configuration_of(const ConditionSource& source, std::span<const std::string> captions, const LoadOptions& options,
                             Communicator& ranks) {
  const auto& [encoder, embedding, projection] = source.encoder;
  InputDigests inputs{{"captions", [&] { return texts_digest(captions); }}};
  for (const auto& digest : encoder_digests(encoder)) inputs.push_back(digest);
  if (!embedding.empty()) inputs.emplace_back("embedding", [&] { return checked_digest(embedding); });
  if (!projection.empty()) inputs.emplace_back("projection", [&] { return checked_digest(projection); });
  return fmt::format("dtype = \"{}\"\n", c10::toString(options.dtype)) + inputs_configuration(inputs, ranks);
}

/// Encodes what is not there yet. @return the file with /conditions, a row a caption in their order
fs::path fill_cache(const ConditionSource& source, const std::vector<std::string>& captions, PromptConditions& conditions,
                    const std::string& configuration, Communicator& ranks) {
  RunFolder folder(source.cache / cache_name("conditions", configuration), "conditions", configuration, ranks, IfOwned::kWait);
  ShardedRun run(folder, std::ssize(captions), kBatchSize, result_attributes("cxr-conditions", "train", configuration),
                 "conditions", "captions");
  if (!run.complete()) {
    run.for_each([&](Batch batch) {
      std::vector<at::Tensor> rows;
      for (auto i = batch.begin; i < batch.end(); ++i) rows.push_back(conditions(captions[static_cast<std::size_t>(i)]));
      return Columns{{kConditions, at::cat(rows).to(at::kCPU, at::kFloat).contiguous()}};
    });
  }
  run.merge();
  return folder.results();
}

} // namespace

struct ConditionCache::Impl {
  std::map<std::string, std::int64_t> rows;
  at::Device device = at::kCPU;
  std::optional<hdf5::File> cached;
  std::unique_ptr<PromptConditions> conditions; ///< where nothing is cached

  at::Tensor of(const std::string& caption) {
    const auto row = rows.find(caption);
    expects(row != rows.end(), "ConditionCache: '{}' was not told", caption);
    return cached ? cached->read_rows(kConditions, row->second, 1) : (*conditions)(caption);
  }
};

ConditionCache::ConditionCache(const ConditionSource& source, const std::set<std::string>& captions, const LoadOptions& options,
                               Communicator& ranks)
    : impl_(std::make_unique<Impl>()) {
  auto conditions = std::make_unique<PromptConditions>(source.encoder, options);
  conditions->check_width(UNet2DConditionOptions::read(source.unet / "config.json").cross_attention_dim, source.unet);
  if (ranks.is_root()) tell_cut(conditions->tokens(), captions);
  for (const auto& caption : captions) impl_->rows.emplace(caption, std::ssize(impl_->rows));
  impl_->device = options.device;
  if (source.cache.empty()) {
    conditions->encode_ahead(captions);
    impl_->conditions = std::move(conditions);
    return;
  }
  const std::vector<std::string> in_order(captions.begin(), captions.end());
  const auto configuration = configuration_of(source, in_order, options, ranks);
  impl_->cached = hdf5::File::open(fill_cache(source, in_order, *conditions, configuration, ranks));
}

ConditionCache::~ConditionCache() = default;
ConditionCache::ConditionCache(ConditionCache&&) noexcept = default;

at::Tensor ConditionCache::operator()(std::span<const std::string> captions, at::ScalarType dtype) const {
  std::vector<at::Tensor> rows;
  for (const auto& caption : captions) rows.push_back(impl_->of(caption));
  return nn::upload(at::cat(rows), impl_->device, dtype); // a copy: what was encoded without autograd could not enter a graph
}

} // namespace cxr
