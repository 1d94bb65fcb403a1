#include "experiments/inception_features.h"

#include "core/error.h"
#include "core/log.h"
#include "models/pretrained.h"

namespace cxr {

InceptionV3 open_inception(const std::filesystem::path& model, const std::vector<std::int64_t>& taps, at::ScalarType dtype,
                           at::Device device) {
  const LoadOptions options{.dtype = dtype, .device = device};
  if (model != kRandomWeights) return load_inception_v3(model, options);
  log::info("Inception-V3 with random weights: its distances are repeatable, and compare with nothing published");
  return random_inception_v3(/*seed=*/0, options, *std::ranges::max_element(taps));
}

std::string features_dataset(std::int64_t tap) { return fmt::format("features_{}", tap); }

const char* weights_kind(bool random) { return random ? kRandomWeights : "given"; }

void check_taps(const std::vector<std::int64_t>& taps) {
  for (const auto tap : taps) {
    if (std::find(kInceptionTaps.begin(), kInceptionTaps.end(), tap) == kInceptionTaps.end()) {
      throw InputError("--taps", "", "64, 192, 768 or 2048", fmt::format("{}", tap));
    }
  }
}

} // namespace cxr
