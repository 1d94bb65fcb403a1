#include "experiments/provenance.h"

#include "experiments/inception_features.h"
#include "models/pretrained.h"

namespace cxr {
namespace {

std::string set_and_model(const char* set, const std::string& identity, const std::filesystem::path& weights, Communicator& ranks) {
  return inputs_configuration(
      {{set, [&] { return identity; }},
       {"model", [&] { return weights == kRandomWeights ? std::string(kRandomWeights) : weights_digest(weights); }}},
      ranks);
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

RunAttributes result_attributes(const std::string& format, const std::string& command, const std::string& configuration) {
  RunAttributes attributes{};
  attributes.file = {
      {"format", format}, {"source", "cxr " + command}, {"program_version", CXR_VERSION}, {"configuration", configuration}};
  return attributes;
}

} // namespace cxr
