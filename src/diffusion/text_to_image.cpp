#include "diffusion/text_to_image.h"

#include "core/error.h"
#include "diffusion/out_of_memory.h"
#include "models/tiled_vae.h"
#include "nn/transfer.h"

namespace cxr {
namespace {

/// Where and in what type a network computes, by its first weight.
at::TensorOptions placement(const torch::nn::Module& network) {
  const auto parameters = network.parameters();
  return parameters.empty() ? at::TensorOptions(at::kFloat) : parameters.front().options();
}

/// @param x [N,…]  @return bool [N] on its device: whether all of a sample's numbers are finite
at::Tensor are_finite(const at::Tensor& x) { return x.isfinite().flatten(1).all(1); }

/// Throws where a sample is not finite. @param finite bool [N] on the host  @param when "after step 3 of 50", for the message
void check_finite(const at::Tensor& finite, const std::string& when) {
  if (finite.all().item<bool>()) return;
  throw NotFinite(when, finite.logical_not().nonzero()[0].item<std::int64_t>());
}

/// Whether a sample was finite after each step. On the CPU a sample that is not ends the walk at once; a GPU is not waited for
/// before the walk's end.
class FiniteSteps {
 public:
  explicit FiniteSteps(const std::vector<std::int64_t>& timesteps) : timesteps_(timesteps) {}

  void add(const at::Tensor& x) {
    finite_.push_back(are_finite(x));
    if (x.is_cpu()) check(finite_.back(), finite_.size() - 1);
  }
  void finish() const {
    if (finite_.empty() || finite_.front().is_cpu()) return;
    const auto all = at::stack(finite_).to(at::kCPU); // [steps,N]
    for (std::int64_t i = 0; i < all.size(0); ++i) check(all[i], static_cast<std::size_t>(i));
  }

 private:
  void check(const at::Tensor& finite, std::size_t step) const {
    check_finite(finite, fmt::format("after step {} of {} (timestep {})", step + 1, timesteps_.size(), timesteps_[step]));
  }

  const std::vector<std::int64_t>& timesteps_;
  std::vector<at::Tensor> finite_;
};

void check_shapes(const at::Tensor& noise, const at::Tensor& condition, const UNet2DConditionOptions& unet) {
  expects(noise.dim() == 4 && noise.size(1) == unet.in_channels, "starting noise is [N,{},h,w], got [{}]", unet.in_channels,
          fmt::join(noise.sizes(), ","));
  expects(condition.dim() == 3 && condition.size(0) == noise.size(0) && condition.size(2) == unet.cross_attention_dim,
          "the condition is [{},S,{}], got [{}]", noise.size(0), unet.cross_attention_dim, fmt::join(condition.sizes(), ","));
}

} // namespace

NotFinite::NotFinite(const std::string& when, std::int64_t sample)
    : std::runtime_error(fmt::format("{}: sample {} of the batch is not finite (--check-finite looks for such weights; float16 "
                                     "overflows where bfloat16 and float32 do not)",
                                     when, sample)),
      sample_(sample) {}

TextToImage::TextToImage(UNet2DCondition unet, AutoencoderKL vae, std::unique_ptr<Scheduler> scheduler, SamplingOptions options)
    : unet_(std::move(unet)), vae_(std::move(vae)), scheduler_(std::move(scheduler)), options_(options) {}

at::Tensor TextToImage::latents(const at::Tensor& noise, const at::Tensor& condition, const at::Tensor& negative,
                                const StepNoise& step_noise, const OnStep& on_step) {
  const c10::InferenceMode no_autograd;
  const bool guided = options_.guidance > 1;
  check_shapes(noise, condition, unet_->options());
  if (guided) expects(negative.sizes() == condition.sizes(), "the negative condition has the condition's shape");
  const auto what = fmt::format("denoising {} latents of {} × {}", noise.size(0), noise.size(2), noise.size(3));
  return with_memory_advice(what, kSamplingAdvice, [&] {
    const auto to = placement(*unet_);
    const auto context = (guided ? at::cat({negative, condition}) : condition).to(to); // [N or 2N,S,D]
    scheduler_->set_timesteps(options_.steps);
    const auto& timesteps = scheduler_->timesteps();
    const auto on_device = nn::upload(at::tensor(timesteps, at::kLong), to.device()); // all at once
    // Every sampler here starts from noise of variance 1: there is nothing to scale.
    auto x = nn::upload(noise, to.device(), at::kFloat); // [N,C,h,w], float32 all along
    FiniteSteps finite(timesteps);
    for (std::size_t i = 0; i < timesteps.size(); ++i) {
      const auto input = (guided ? at::cat({x, x}) : x).to(to).contiguous(at::MemoryFormat::ChannelsLast);
      auto output = unet_(input, on_device.slice(0, i, i + 1), context).to(at::kFloat).contiguous();
      if (guided) { // Ho and Salimans 2021, equation 6
        const auto halves = output.chunk(2);
        output = halves[0] + options_.guidance * (halves[1] - halves[0]);
      }
      const auto drawn = scheduler_->draws_noise() ? nn::upload(step_noise(i), to.device(), at::kFloat) : at::Tensor();
      x = scheduler_->step(output, i, x, drawn);
      finite.add(x);
      if (on_step) on_step(i + 1, timesteps.size());
    }
    finite.finish();
    return x.to(at::kCPU);
  });
}

at::Tensor TextToImage::images(const at::Tensor& latents) {
  const c10::InferenceMode no_autograd;
  const auto what = fmt::format("decoding {} latents of {} × {}", latents.size(0), latents.size(2), latents.size(3));
  const auto images = with_memory_advice(what, kSamplingAdvice, [&] {
    const auto scaled = (latents.to(at::kFloat) / vae_->options().scaling_factor).to(placement(*vae_));
    return vae_decode(vae_, scaled, {options_.vae_slicing, options_.vae_tiling}).to(at::kCPU, at::kFloat).contiguous();
  });
  check_finite(are_finite(images), "in decoding");
  return images;
}

} // namespace cxr
