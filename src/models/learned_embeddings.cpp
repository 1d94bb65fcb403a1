#include "models/learned_embeddings.h"

#include "core/error.h"
#include "io/safetensors.h"
#include "io/torch_pickle.h"

namespace cxr {
namespace {

using Named = std::pair<std::string, at::Tensor>;

Named only_tensor(const StateDict& tensors, const std::string& file) {
  if (tensors.size() != 1) {
    throw InputError(file, "keys", "one: the placeholder token", fmt::format("{} (is this a learned embedding?)", tensors.size()));
  }
  return *tensors.begin();
}

Named read_named(const std::filesystem::path& path) {
  const auto file = path.string();
  if (path.extension() == ".safetensors") return only_tensor(read_safetensors(path), file);
  const auto saved = read_saved_values(path);
  const auto vectors = saved.tensors.find("string_to_param.*");
  if (vectors == saved.tensors.end()) return only_tensor(saved.tensors, file);
  const auto name = saved.strings.find("name");
  if (name == saved.strings.end()) throw InputError(file, "name", "the placeholder token", "none");
  return {name->second, vectors->second};
}

} // namespace

std::vector<std::string> LearnedEmbedding::tokens() const {
  std::vector<std::string> all{token};
  for (std::int64_t i = 1; i < vectors.size(0); ++i) all.push_back(fmt::format("{}_{}", token, i));
  return all;
}

LearnedEmbedding read_learned_embedding(const std::filesystem::path& path) {
  const auto [token, tensor] = read_named(path);
  const auto refuse = [&](const std::string& expected, const std::string& found) {
    throw InputError(path.string(), token, expected, found);
  };
  if (token.empty()) refuse("a placeholder token as the key", "an empty one");
  if (!tensor.is_floating_point() || tensor.dim() < 1 || tensor.dim() > 2 || tensor.numel() == 0) {
    refuse("vectors [D] or [n,D]", fmt::format("{} [{}]", c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ",")));
  }
  auto vectors = tensor.to(at::kFloat).view({-1, tensor.size(-1)});
  if (!vectors.isfinite().all().item<bool>()) refuse("finite numbers", "others");
  return {token, vectors};
}

} // namespace cxr
