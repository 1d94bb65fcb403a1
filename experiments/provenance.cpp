#include "experiments/provenance.h"

#include "core/digest.h"
#include "core/digest_list.h"
#include "experiments/encoder_checks.h"
#include "experiments/inception_features.h"
#include "models/pretrained.h"
#include "models/text_encoder.h"
#include "text/tokenizer.h"

namespace cxr {
namespace {

std::string set_and_model(const char* set, const std::string& identity, const std::filesystem::path& weights, Communicator& ranks) {
  InputDigests inputs{{set, [&] { return identity; }}};
  if (weights == kRandomWeights) {
    inputs.emplace_back("model", [] { return std::string(kRandomWeights); });
  } else {
    inputs.emplace_back("model", [&] { return weights_digest(weights); });
    if (std::filesystem::exists(weights / "config.json"))
      inputs.emplace_back("model_config", [&] { return config_digest(weights); });
  }
  return inputs_configuration(inputs, ranks);
}

std::string pixels_digest(const ImageSet& images, std::span<const std::int64_t> rows) {
  Sha256 digest;
  for (const auto row : rows) {
    const auto [height, width] = images.image_size(row);
    const auto pixels = images.images(row, 1).contiguous();
    digest.add(fmt::format("{} x {} of [{}]", height, width, fmt::join(pixels.sizes(), ",")));
    digest.add({static_cast<const char*>(pixels.const_data_ptr()), pixels.nbytes()});
  }
  return digest.hex();
}

} // namespace

std::string inputs_configuration(const InputDigests& inputs, Communicator& ranks) {
  std::string lines;
  if (ranks.is_root()) {
    for (const auto& [name, digest] : inputs) lines += fmt::format("inputs.{} = \"{}\"\n", name, digest());
  }
  return ranks.broadcast(lines);
}

std::string inputs_configuration(const ImageSet& images, const std::filesystem::path& weights, Communicator& ranks) {
  return set_and_model("images", images.identity(), weights, ranks);
}

std::string inputs_configuration(const TextSet& texts, const std::filesystem::path& weights, Communicator& ranks) {
  return set_and_model("reports", texts.identity(), weights, ranks);
}

InputDigests encoder_digests(const std::filesystem::path& encoder) {
  return {{"text_encoder", [=] { return weights_digest(text_encoder_folder(encoder)); }},
          {"text_encoder_config", [=] { return config_digest(text_encoder_folder(encoder)); }},
          {"tokenizer", [=] { return tokenizer_digest(tokenizer_folder(encoder)); }}};
}

InputDigests diffusion_digests(const std::filesystem::path& model, const std::filesystem::path& unet) {
  const auto vae = vae_folder(model);
  return {{"unet", [=] { return weights_digest(unet); }},
          {"unet_config", [=] { return config_digest(unet); }},
          {"vae", [=] { return weights_digest(vae); }},
          {"vae_config", [=] { return config_digest(vae); }},
          {"scheduler", [=] { return checked_digest(model / "scheduler" / "scheduler_config.json"); }}};
}

std::string images_digest(const std::filesystem::path& set, std::span<const std::int64_t> rows, Communicator& ranks) {
  return ranks.broadcast(ranks.is_root() ? pixels_digest(ImageSet(set), rows) : std::string());
}

std::string texts_digest(std::span<const std::string> texts) {
  Sha256 digest;
  for (const auto& text : texts) digest.add(fmt::format("{}:{}", text.size(), text));
  return digest.hex();
}

std::string cache_name(const std::string& kind, const std::string& configuration) {
  constexpr std::size_t kDigits = 16; // 64 bits: no two sets of one folder share a name
  return fmt::format("{}-{}", kind, sha256(configuration).substr(0, kDigits));
}

RunAttributes result_attributes(const std::string& format, const std::string& command, const std::string& configuration) {
  RunAttributes attributes{};
  attributes.file = {
      {"format", format}, {"source", "cxr " + command}, {"program_version", CXR_VERSION}, {"configuration", configuration}};
  return attributes;
}

} // namespace cxr
