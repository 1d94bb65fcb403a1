#include "experiments/provenance.h"

#include "experiments/inception_features.h"
#include "models/pretrained.h"

namespace cxr {

std::string inputs_configuration(const ImageSet& images, const std::filesystem::path& weights, Communicator& ranks) {
  const auto digest = weights == kRandomWeights ? std::string(kRandomWeights)
                                                : ranks.broadcast(ranks.is_root() ? weights_digest(weights) : std::string());
  return fmt::format("inputs.images = \"{}\"\ninputs.model = \"{}\"\n", images.identity(), digest);
}

RunAttributes result_attributes(const std::string& format, const std::string& command, const std::string& configuration) {
  RunAttributes attributes{};
  attributes.file = {{"format", format}, {"source", "cxr " + command}, {"version", CXR_VERSION}, {"configuration", configuration}};
  return attributes;
}

} // namespace cxr
