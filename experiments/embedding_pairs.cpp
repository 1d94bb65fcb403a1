#include "experiments/embedding_pairs.h"

#include "core/error.h"
#include "core/toml_file.h"
#include "data/set_parts.h"
#include "nn/transfer.h"

namespace cxr {
namespace {

// The inputs and options that a run's results name, by dotted key, as TOML.
std::map<std::string, std::string> recorded_configuration(const hdf5::File& file) {
  if (!file.has_attribute("/", "configuration")) {
    throw InputError(file.path().string(), "attribute configuration", "that of a run of cxr embed", "none");
  }
  try {
    return flatten(toml::parse(file.read_attribute("/", "configuration")));
  } catch (const toml::parse_error& error) {
    throw InputError(file.path().string(), "attribute configuration", "TOML", error.description());
  }
}

void check_same(const hdf5::File& file, std::map<std::string, std::string>& configuration, const std::string& key,
                const std::string& expected) {
  const auto found = configuration.try_emplace(key, "none").first->second;
  if (found != toml_string(expected)) throw InputError(file.path().string(), key, expected, found);
}

} // namespace

at::Tensor read_embeddings_of(const std::filesystem::path& run, const EmbeddingsOf& expected) {
  const auto file = hdf5::File::open(set_file(run, "a run of cxr embed"));
  auto configuration = recorded_configuration(file);
  check_same(file, configuration, "inputs.reports", expected.set);
  check_same(file, configuration, "inputs.model", expected.encoder);
  check_same(file, configuration, "inputs.tokenizer", expected.tokenizer);
  if (const auto limit = configuration.find("max-length"); limit != configuration.end()) {
    throw InputError(file.path().string(), "max-length", "none: texts as long as the encoder holds, as cxr generate reads them",
                     limit->second);
  }
  check_same(file, configuration, "extraction", extraction_name(expected.extraction));
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
