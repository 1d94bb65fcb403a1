#include "models/text_encoder.h"

#include "core/error.h"
#include "io/json.h"
#include "models/bert_text_encoder.h"
#include "models/clip_text_encoder.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::pair<Extraction, const char*>, 4> kNames = {
    {{Extraction::kCls, "cls"}, {Extraction::kMean, "mean"}, {Extraction::kPooler, "pooler"}, {Extraction::kSpecific, "specific"}}};

} // namespace

std::optional<Extraction> find_extraction(const std::string& name) {
  for (const auto& [extraction, known] : kNames) {
    if (name == known) return extraction;
  }
  return std::nullopt;
}

Extraction parse_extraction(const std::string& name) {
  if (const auto extraction = find_extraction(name)) return *extraction;
  throw InputError("--extraction", "", "cls, mean, pooler or specific", name);
}

std::string extraction_name(Extraction extraction) {
  for (const auto& [known, name] : kNames) {
    if (extraction == known) return name;
  }
  throw LogicError("extraction_name: no such extraction");
}

fs::path text_encoder_folder(const fs::path& folder) {
  return fs::is_directory(folder / "text_encoder") ? folder / "text_encoder" : folder;
}

std::unique_ptr<TextEncoder> load_text_encoder(const fs::path& folder, const LoadOptions& options) {
  const auto encoder = text_encoder_folder(folder);
  const JsonFile config(encoder / "config.json");
  const auto type = config.require<std::string>("model_type");
  if (type == "clip" || type == "clip_text_model") return load_clip_text_encoder(encoder, options);
  if (type == "bert" || type == "roberta" || type == "cxr-bert") return load_bert_text_encoder(encoder, options);
  config.refuse("model_type", "clip, clip_text_model, bert, roberta or cxr-bert", type);
}

} // namespace cxr
