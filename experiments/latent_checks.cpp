#include "experiments/latent_checks.h"

#include "core/error.h"
#include "models/autoencoder_kl.h"
#include "models/unet_2d_condition.h"

namespace cxr {

void check_latent_channels(const std::filesystem::path& unet, const std::filesystem::path& model) {
  const auto config = unet / "config.json";
  const auto of_unet = UNet2DConditionOptions::read(config);
  const auto channels = AutoencoderKLOptions::read(vae_folder(model) / "config.json").latent_channels;
  if (of_unet.in_channels == channels && of_unet.out_channels == channels) return;
  throw InputError(config.string(), "in_channels, out_channels",
                   fmt::format("{0}, {0}: the autoencoder's latent_channels", channels),
                   fmt::format("{}, {}", of_unet.in_channels, of_unet.out_channels));
}

} // namespace cxr
