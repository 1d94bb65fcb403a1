#include "training_worker.h"

#include "diffusion/scheduler_config.h"
#include "io/json.h"
#include "models/pretrained.h"
#include "models/text_encoder.h"
#include "training/trainable.h"

namespace cxr::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPixelsPerLatent = 8, kTokens = 77;
constexpr double kLearningRate = 1e-6, kMaxGradNorm = 1;
constexpr const char* kInitializer = "above"; ///< a word of one token in the small vocabulary beside the formula weights

NoiseSchedule schedule_of(const fs::path& folder) {
  return NoiseSchedule(read_ddpm_options(JsonFile(folder / "scheduler" / "scheduler_config.json")).noise);
}

LoadOptions masters(const LoadOptions& load) { return {.device = load.device}; }

at::Tensor random_latents(std::int64_t batch, std::int64_t channels, std::int64_t pixels, at::Device device) {
  return at::randn({batch, channels, pixels / kPixelsPerLatent, pixels / kPixelsPerLatent}).to(device);
}

/// The gradient of one step's mean loss.
void backward(UNet2DCondition& unet, const NoiseSchedule& schedule, const at::Tensor& latents, const at::Tensor& condition,
              std::int64_t step) {
  std::vector<Draw> draws;
  const auto batch = latents.size(0);
  for (std::int64_t i = 0; i < batch; ++i) draws.push_back({.number = step * batch + i, .sample = i, .step = step});
  const auto drawn = draw_noise(draws, latents.sizes().slice(1), 0, 0, schedule.size());
  denoising_losses(unet, schedule, {}, latents, condition, drawn).mean().backward();
}

void update(AdamW& optimizer, std::span<const TrainedParameter> parameters) {
  optimizer.step(kLearningRate);
  count_changes(parameters);
}

} // namespace

UNetTraining::UNetTraining(const fs::path& folder, const LoadOptions& load)
    : folder_(folder),
      load_(load),
      unet_(load_unet_2d_condition(folder / "unet", masters(load))),
      parameters_(make_trainable(*unet_)),
      schedule_(schedule_of(folder)),
      optimizer_(parameters_, {}) {}

void UNetTraining::step(const at::Tensor& latents, const at::Tensor& condition) {
  for (const auto& parameter : parameters_) parameter.value.mutable_grad().reset();
  backward(unet_, schedule_, latents, condition, steps_++);
  shorten_gradients(parameters_, grad_norm(parameters_), kMaxGradNorm);
  update(optimizer_, parameters_);
}

void UNetTraining::step(std::int64_t batch, std::int64_t pixels) {
  step(random_latents(batch, unet_->options().in_channels, pixels, load_.device),
       at::randn({batch, kTokens, unet_->options().cross_attention_dim}).to(load_.device, load_.dtype));
}

void UNetTraining::step_uncached(std::int64_t batch, std::int64_t pixels) {
  if (!vae_) vae_ = load_autoencoder_kl(folder_ / "vae", load_);
  if (!text_) text_ = load_text_encoder(folder_ / "text_encoder", load_);
  at::Tensor latents, condition;
  {
    const at::NoGradGuard frozen;
    const auto images = at::randn({batch, 3, pixels, pixels}).to(load_.device, load_.dtype);
    const auto moments = vae_->encode(images).to(at::kFloat);                            // [B,2C,H/8,W/8]
    latents = moments.chunk(2, 1).front().contiguous() * vae_->options().scaling_factor; // [B,C,H/8,W/8]
    condition = text_->hidden_states(at::randint(text_->vocabulary_size(), {batch, kTokens}, at::kLong).to(load_.device), {});
  }
  step(latents, condition);
}

TextualInversion::TextualInversion(const fs::path& folder, const LoadOptions& load)
    : load_(load),
      token_({.model = folder, .token = "<lung-xray>", .initializer = kInitializer}, load),
      unet_(load_unet_2d_condition(folder / "unet", load)),
      schedule_(schedule_of(folder)),
      optimizer_({token_.parameter()}, {}) {}

void TextualInversion::step(std::int64_t batch, std::int64_t pixels) {
  token_.parameter().value.mutable_grad().reset();
  const auto prompts = std::vector<std::string>(static_cast<std::size_t>(batch), "a photo of a <lung-xray>");
  backward(unet_, schedule_, random_latents(batch, unet_->options().in_channels, pixels, load_.device),
           token_.conditions(token_.ids(prompts)), steps_++);
  optimizer_step();
}

void TextualInversion::optimizer_step() { update(optimizer_, std::vector{token_.parameter()}); }

} // namespace cxr::bench
