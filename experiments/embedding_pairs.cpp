#include "experiments/embedding_pairs.h"

#include "core/error.h"
#include "core/toml_file.h"
#include "data/origin.h"
#include "data/set_parts.h"
#include "nn/transfer.h"

namespace cxr {
namespace {

/// Unlike Origin::require, what the run does not say is refused as well.
void check_same(const Origin& run, const std::string& key, const std::string& expected) {
  const auto found = run.of(key);
  if (found != expected) throw InputError(run.file(), key, expected, found.empty() ? "none" : toml_string(found));
}

} // namespace

at::Tensor read_embeddings_of(const std::filesystem::path& run, const EmbeddingsOf& expected) {
  const auto file = hdf5::File::open(set_file(run, "a run of cxr embed"));
  const Origin origin(file);
  if (!origin.is_known()) throw InputError(origin.file(), "attribute configuration", "that of a run of cxr embed", "none");
  check_same(origin, "inputs.reports", expected.set);
  check_same(origin, "inputs.model", expected.encoder);
  origin.require("inputs.model_config", expected.config, "--encoder"); // which earlier runs do not say
  check_same(origin, "inputs.tokenizer", expected.tokenizer);
  if (const auto limit = origin.of("max-length"); !limit.empty())
    throw InputError(origin.file(), "max-length", "none: texts as long as the encoder holds, as cxr generate reads them", limit);
  check_same(origin, "extraction", extraction_name(expected.extraction));
  const auto shape = file.shape("embeddings");
  const std::vector<std::int64_t> needed{expected.rows, expected.width};
  if (shape != needed || file.dtype("embeddings") != at::kFloat) {
    throw InputError(file.path().string(), "embeddings", fmt::format("float32 [{}]", fmt::join(needed, ",")),
                     fmt::format("{} [{}]", c10::toString(file.dtype("embeddings")), fmt::join(shape, ",")));
  }
  return file.read("embeddings");
}

EmbeddingPairs::EmbeddingPairs(PromptTexts texts, at::Tensor source, at::Tensor target, at::Device device)
    : texts_(std::move(texts)), source_(std::move(source)), target_(std::move(target)), device_(device) {
  expects(texts_.size() <= source_.size(0) && source_.size(0) == target_.size(0), "EmbeddingPairs: a row a text");
}

ProjectionPairs EmbeddingPairs::pairs(std::span<const std::int64_t> samples) {
  const auto rows = at::tensor(at::IntArrayRef(samples.data(), samples.size()), at::kLong);
  const auto of = [&](const at::Tensor& vectors) { return nn::upload(vectors.index_select(0, rows).unsqueeze(1), device_); };
  return {of(source_), of(target_), {}};
}

} // namespace cxr
