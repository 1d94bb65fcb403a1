#include "experiments/latent_cache.h"

#include <cmath>
#include <optional>

#include "core/error.h"
#include "experiments/image_inputs.h"
#include "experiments/provenance.h"
#include "experiments/sample_noise.h"
#include "models/autoencoder_kl.h"
#include "models/model_input.h"
#include "nn/transfer.h"
#include "run/sharded_run.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMoments = "moments"; ///< float32 [N,2C,h,w] of the cache's results.h5

/// The shorter side becomes `size`, then the central square is cut out (torchvision's Resize and CenterCrop, as diffusers' training
/// scripts have them, on Pillow's images). @param images uint8 [n,H,W] or [n,H,W,3]
at::Tensor to_square(const at::Tensor& images, std::int64_t size) {
  const auto height = images.size(1), width = images.size(2), shorter = std::min(height, width);
  const std::array<std::int64_t, 2> scaled = {size * height / shorter, size * width / shorter};
  const auto planes = images.dim() == 3 ? images.unsqueeze(1) : images.permute({0, 3, 1, 2}); // [n,C,H,W]
  auto x = planes;
  if (shorter != size) x = at::_upsample_bilinear2d_aa(planes.contiguous(), scaled, /*align_corners=*/false);
  const auto half = [](std::int64_t length) {
    return std::lround(std::nearbyint(static_cast<double>(length) / 2));
  }; // Python's: ties to even
  const auto top = half(scaled[0] - size), left = half(scaled[1] - size);
  x = x.slice(2, top, top + size).slice(3, left, left + size);
  return images.dim() == 3 ? x.squeeze(1) : x.permute({0, 2, 3, 1});
}

/// Height and width of what is encoded, the same for all images.
std::pair<std::int64_t, std::int64_t> encoded_size(const ImageSet& images, const LatentSource& source, std::int64_t factor) {
  const auto multiple = fmt::format("a multiple of {}, the pixels that one latent stands for", factor);
  if (source.size > 0) {
    if (source.size % factor != 0) throw InputError("--size", "", multiple, fmt::format("{}", source.size));
    return {source.size, source.size};
  }
  const auto size = images.image_size(source.rows.front());
  for (const auto row : source.rows) {
    if (images.image_size(row) == size) continue;
    throw InputError(
        images.path().string(), "sizes", "images of one size (or --size, that they are resized to)",
        fmt::format("{} × {} and {} × {}", size.first, size.second, images.image_size(row).first, images.image_size(row).second));
  }
  if (size.first % factor != 0 || size.second % factor != 0) {
    throw InputError(images.path().string(), "images", fmt::format("sides that are {} (or --size)", multiple),
                     fmt::format("{} × {}", size.first, size.second));
  }
  return size;
}

/// The frozen half of the autoencoder over an image set.
class PosteriorEncoder {
 public:
  PosteriorEncoder(const LatentSource& source, const LoadOptions& options)
      : images_(source.images), size_(source.size), options_(options), vae_(load_autoencoder_kl(source.model, options)) {}

  /// @param rows of the set  @return float32 [rows,2C,h,w] on the device
  at::Tensor operator()(std::span<const std::int64_t> rows) {
    const at::NoGradGuard no_autograd; // InferenceMode's tensors could not enter a graph
    const auto prepare = [&](const at::Tensor& images) { return vae_input(size_ > 0 ? to_square(images, size_) : images); };
    const auto sample = nn::upload(prepared_inputs(images_, rows, prepare), options_.device, options_.dtype); // [n,3,H,W]
    return vae_->encode(sample).to(at::kFloat).contiguous();
  }

 private:
  ImageSet images_;
  std::int64_t size_;
  LoadOptions options_;
  AutoencoderKL vae_;
};

std::string configuration_of(const LatentSource& source, const LoadOptions& options, Communicator& ranks) {
  const auto vae = vae_folder(source.model);
  return fmt::format("size = {}\ndtype = \"{}\"\n", source.size, c10::toString(options.dtype)) +
         inputs_configuration({{"images", [&] { return source.digest; }},
                               {"vae", [&] { return weights_digest(vae); }},
                               {"vae_config", [&] { return config_digest(vae); }}},
                              ranks);
}

/// Encodes what is not there yet. @return the file with /moments, row i for source.rows[i]
fs::path fill_cache(const LatentSource& source, std::int64_t batch_size, const LoadOptions& options, Communicator& ranks) {
  const auto configuration = configuration_of(source, options, ranks);
  RunFolder folder(source.cache / cache_name("latents", configuration), "latents", configuration, ranks, IfOwned::kWait);
  ShardedRun run(folder, std::ssize(source.rows), batch_size, result_attributes("cxr-latents", "train", configuration), "latents",
                 "images");
  if (!run.complete()) {
    PosteriorEncoder encode(source, options);
    const std::span rows(source.rows);
    run.for_each([&](Batch batch) {
      const auto moments = encode(rows.subspan(static_cast<std::size_t>(batch.begin), static_cast<std::size_t>(batch.count)));
      return Columns{{kMoments, moments.to(at::kCPU)}};
    });
  }
  run.merge();
  return folder.results();
}

} // namespace

struct LatentCache::Impl {
  std::vector<std::int64_t> rows, shape;
  double scaling_factor = 1;
  at::Device device = at::kCPU;
  std::optional<hdf5::File> cached;
  std::optional<PosteriorEncoder> encoder; ///< where nothing is cached

  at::Tensor moments(std::int64_t sample) {
    return cached ? cached->read_rows(kMoments, sample, 1) : (*encoder)({&rows[static_cast<std::size_t>(sample)], 1});
  }
};

LatentCache::LatentCache(const LatentSource& source, const LoadOptions& options, Communicator& ranks)
    : impl_(std::make_unique<Impl>()) {
  if (source.rows.empty()) throw InputError(source.images.string(), "images", "at least one", "none");
  const ImageSet images(source.images);
  const auto vae = AutoencoderKLOptions::read(vae_folder(source.model) / "config.json");
  const auto [height, width] = encoded_size(images, source, vae.factor());
  impl_->rows = source.rows;
  impl_->shape = {vae.latent_channels, height / vae.factor(), width / vae.factor()};
  impl_->scaling_factor = vae.scaling_factor;
  impl_->device = options.device;
  if (source.cache.empty()) {
    impl_->encoder.emplace(source, options);
  } else {
    impl_->cached = hdf5::File::open(fill_cache(source, autoencoder_batch_size(height, width), options, ranks));
  }
}

LatentCache::~LatentCache() = default;
LatentCache::LatentCache(LatentCache&&) noexcept = default;

const std::vector<std::int64_t>& LatentCache::shape() const { return impl_->shape; }

std::int64_t LatentCache::size() const { return std::ssize(impl_->rows); }

at::Tensor LatentCache::latents(std::span<const Draw> draws, std::uint64_t seed) const {
  std::vector<at::Tensor> moments, noise;
  for (const auto& draw : draws) {
    moments.push_back(impl_->moments(draw.sample));
    noise.push_back(sample_noise({draw.number, 1}, impl_->shape, seed, rng::Stream::kTrainingPosterior));
  }
  const DiagonalGaussian posterior(nn::upload(at::cat(moments), impl_->device)); // [n,C,h,w]
  return posterior.sample(nn::upload(at::cat(noise), impl_->device)) * impl_->scaling_factor;
}

} // namespace cxr
