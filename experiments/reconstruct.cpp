/// @file
/// What does Stable Diffusion's autoencoder do to a chest X-ray? (Chambon et al. 2022, section 3.1, Figure 3; the images of Tables
/// 1 and 6.)
///
///     mpirun -n 4 cxr reconstruct --model stable-diffusion-v1-4 --images mimic.h5 --out runs/reconstruct
///
/// The paper, 1000 images at 512²: MIMIC-CXR RMSE 31.8 ± 6.5, PSNR 35.1 ± 1.6 dB, SSIM 0.93 ± 0.02; CheXpert 47.8 ± 7.4, 31.5
/// ± 1.4, 0.85 ± 0.03. RMSE and PSNR are on its own scale (metrics/image_quality.h): compare /rmse_paper and /psnr_paper with them.
#include "core/error.h"
#include "data/prefetch.h"
#include "experiments/commands.h"
#include "experiments/image_columns.h"
#include "experiments/image_inputs.h"
#include "experiments/provenance.h"
#include "experiments/sample_noise.h"
#include "metrics/image_quality.h"
#include "models/autoencoder_kl.h"
#include "models/model_input.h"
#include "models/pretrained.h"
#include "nn/transfer.h"
#include "run/execution_options.h"
#include "run/sharded_run.h"

namespace cxr {
namespace {

struct ReconstructOptions {
  std::filesystem::path model, images;
  std::string posterior = "sample", dtype = "float32";
  std::uint64_t seed = 0;
  std::int64_t batch_size = 0;
  bool save_latents = false;
  ExecutionOptions execution;
};

class Reconstruction {
 public:
  Reconstruction(AutoencoderKL vae, const ReconstructOptions& options, at::Device device)
      : vae_(std::move(vae)), options_(options), device_(device), dtype_(parse_dtype(options.dtype)) {}

  /// @param originals uint8 [N,H,W] or [N,H,W,3]  @return this batch's columns of results.h5
  Columns operator()(const at::Tensor& originals, Batch batch) {
    const auto sample = nn::upload(vae_input(originals), device_, dtype_);           // [N,3,H,W]
    const DiagonalGaussian posterior(vae_->encode(sample).to(at::kCPU, at::kFloat)); // [N,4,h,w]
    const auto latents =
        options_.posterior == "mode"
            ? posterior.mean
            : posterior.sample(sample_noise(batch, posterior.mean.sizes().slice(1), options_.seed, rng::Stream::kPosterior));
    const auto decoded = vae_->decode(nn::upload(latents, device_, dtype_)).to(at::kCPU, at::kFloat); // [N,3,H,W]

    const auto rgb = to_rgb8(decoded), grey = to_grey8(decoded);
    auto columns = quality(originals, rgb, grey);
    columns.emplace("images", originals.dim() == 4 ? rgb : grey);
    if (options_.save_latents) columns.emplace("latents", latents.contiguous());
    return columns;
  }

 private:
  /// rmse, psnr, ssim on 8-bit grey, and the paper's pair on 8-bit RGB: float64 [N] each.
  static Columns quality(const at::Tensor& originals, const at::Tensor& rgb, const at::Tensor& grey) {
    const auto n = originals.size(0);
    const auto original_grey = grey_of(originals);
    std::map<std::string, at::Tensor> columns;
    for (const char* name : {"rmse", "psnr", "ssim", "rmse_paper", "psnr_paper"}) columns[name] = at::empty({n}, at::kDouble);
    for (std::int64_t i = 0; i < n; ++i) {
      columns["rmse"][i] = rmse(original_grey[i], grey[i]);
      columns["psnr"][i] = psnr(original_grey[i], grey[i]);
      columns["ssim"][i] = ssim(original_grey[i], grey[i]);
      columns["rmse_paper"][i] = rmse_paper(originals[i], rgb[i]);
      columns["psnr_paper"][i] = psnr_paper(originals[i], rgb[i]);
    }
    return {columns.begin(), columns.end()};
  }

  AutoencoderKL vae_;
  const ReconstructOptions& options_;
  at::Device device_;
  at::ScalarType dtype_;
};

/// `values` at the upper left of zeros. @param axis of the height; the width is the next
at::Tensor padded(const at::Tensor& values, std::int64_t axis, std::int64_t height, std::int64_t width) {
  auto shape = values.sizes().vec();
  const auto h = shape[static_cast<std::size_t>(axis)], w = shape[static_cast<std::size_t>(axis) + 1];
  shape[static_cast<std::size_t>(axis)] = height, shape[static_cast<std::size_t>(axis) + 1] = width;
  const auto framed = at::zeros(shape, values.options());
  framed.slice(axis, 0, h).slice(axis + 1, 0, w).copy_(values);
  return framed;
}

/// Pads the rows' images [1,h,w(,3)], and their latents [1,4,h/f,w/f] if there are any, to the set's frame and records the images'
/// size: sets of several sizes only.
void frame(Columns& columns, const ImageSet& images, std::pair<std::int64_t, std::int64_t> size, std::int64_t factor) {
  auto& image = std::get<at::Tensor>(columns.at("images"));
  image = padded(image, 1, images.height(), images.width());
  if (const auto found = columns.find("latents"); found != columns.end()) {
    auto& latents = std::get<at::Tensor>(found->second);
    latents = padded(latents, 2, images.height() / factor, images.width() / factor);
  }
  columns.emplace(
      "sizes", at::tensor({static_cast<std::int32_t>(size.first), static_cast<std::int32_t>(size.second)}, at::kInt).view({1, 2}));
}

void check_sizes(const ImageSet& images, const AutoencoderKLOptions& vae) {
  if (vae.in_channels != 3 || vae.out_channels != 3) {
    throw InputError("--model", "in_channels", "3, as Stable Diffusion's autoencoder has", fmt::format("{}", vae.in_channels));
  }
  for (std::int64_t i = 0; i < (images.has_sizes() ? images.size() : 1); ++i) {
    const auto [height, width] = images.image_size(i);
    if (height % vae.factor() != 0 || width % vae.factor() != 0) {
      throw InputError(images.path().string(), "images",
                       fmt::format("sides that {} divides (the autoencoder halves them that often)", vae.factor()),
                       fmt::format("{} × {}", height, width));
    }
  }
}

int reconstruct(const ReconstructOptions& options, std::string configuration) {
  auto& ranks = world();
  const auto device = start_execution(options.execution, ranks);
  const ImageSet images(options.images);
  const auto vae = load_autoencoder_kl(options.model, {.dtype = parse_dtype(options.dtype), .device = device});
  check_sizes(images, vae->options());

  configuration += inputs_configuration(images, vae_folder(options.model), ranks);
  RunFolder folder(options.execution.out, "reconstruct", configuration, ranks);
  const auto batch_size = images.has_sizes()       ? 1
                          : options.batch_size > 0 ? options.batch_size
                                                   : autoencoder_batch_size(images.height(), images.width());
  ShardedRun run(folder, images.size(), batch_size, image_set_attributes("reconstruct", configuration), "reconstruct", "images");

  Reconstruction reconstruction(vae, options, device);
  Prefetcher<Batch, at::Tensor> originals(run.mine(), [&](const Batch& b) { return images.images(b.begin, b.count); });
  run.for_each([&](Batch batch) {
    const c10::InferenceMode no_autograd;
    auto batch_images = originals.next();
    const auto size = images.image_size(batch.begin);
    if (images.has_sizes()) batch_images = batch_images.slice(1, 0, size.first).slice(2, 0, size.second);
    auto columns = reconstruction(batch_images, batch);
    if (images.has_sizes()) frame(columns, images, size, vae->options().factor());
    columns.merge(identity_columns(images, batch));
    return columns;
  });
  run.merge();
  return kDone;
}

} // namespace

Subcommand reconstruct_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("reconstruct", "Encode and decode images with the autoencoder; RMSE, PSNR and SSIM of each");
  auto options = std::make_shared<ReconstructOptions>();
  app->add_option("--model", options->model, "Stable Diffusion folder, or its vae folder")->required();
  app->add_option("--images", options->images, "image set (HDF5)")->required();
  app->add_option("--posterior", options->posterior, "latents: a sample of the posterior, or its mode")
      ->check(CLI::IsMember({"sample", "mode"}))
      ->capture_default_str();
  app->add_option("--seed", options->seed, "seed of the posterior's noise")->capture_default_str();
  app->add_flag("--save-latents", options->save_latents, "keep the latents, float32 [N,4,h,w], before the scaling factor");
  add_dtype_option(*app, options->dtype);
  app->add_option("--batch-size", options->batch_size,
                  "images that the model takes at once; 0: as many as have 512² pixels together")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  add_execution_options(*app, options->execution);
  return {app, [app, options] { return reconstruct(*options, result_configuration(*app)); }};
}

} // namespace cxr
