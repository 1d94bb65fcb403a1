#include "experiments/provenance.h"

#include "experiments/inception_features.h"
#include "models/pretrained.h"

namespace cxr {

namespace {

std::string inputs(const char* set, const std::string& identity, const std::filesystem::path& weights, Communicator& ranks) {
  const auto digest = weights == kRandomWeights ? std::string(kRandomWeights)
                                                : ranks.broadcast(ranks.is_root() ? weights_digest(weights) : std::string());
  return fmt::format("inputs.{} = \"{}\"\ninputs.model = \"{}\"\n", set, identity, digest);
}

} // namespace

std::string inputs_configuration(const ImageSet& images, const std::filesystem::path& weights, Communicator& ranks) {
  return inputs("images", images.identity(), weights, ranks);
}

std::string inputs_configuration(const TextSet& texts, const std::filesystem::path& weights, Communicator& ranks) {
  return inputs("reports", texts.identity(), weights, ranks);
}

RunAttributes result_attributes(const std::string& format, const std::string& command, const std::string& configuration) {
  RunAttributes attributes{};
  attributes.file = {
      {"format", format}, {"source", "cxr " + command}, {"program_version", CXR_VERSION}, {"configuration", configuration}};
  return attributes;
}

} // namespace cxr
