#include "experiments/sample_noise.h"

#include "core/error.h"
#include "data/set_parts.h"

namespace cxr {
namespace {

constexpr unsigned kSampleBits = 40; ///< of a key: a sample's number; those above are the step's
constexpr const char* kLatents = "latents";

std::string listed(at::IntArrayRef shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

} // namespace

at::Tensor sample_noise(Batch batch, at::IntArrayRef shape, std::uint64_t seed, rng::Stream stream, std::size_t step) {
  auto sizes = shape.vec();
  sizes.insert(sizes.begin(), batch.count);
  auto noise = at::empty(sizes, at::kFloat);
  for (std::int64_t i = 0; i < batch.count; ++i) {
    const auto one = noise[i];
    const auto sample = static_cast<std::uint64_t>(batch.begin + i);
    rng::fill_normal({one.mutable_data_ptr<float>(), static_cast<std::size_t>(one.numel())}, seed, stream,
                     sample + (step << kSampleBits));
  }
  return noise;
}

StartingNoise::StartingNoise(std::vector<std::int64_t> shape, std::int64_t samples, std::uint64_t seed,
                             const std::filesystem::path& file)
    : shape_(std::move(shape)), seed_(seed) {
  if (file.empty()) return;
  const auto path = set_file(file, "an HDF5 file with /latents");
  file_ = hdf5::File::open(path);
  auto expected = shape_;
  expected.insert(expected.begin(), samples);
  const auto refuse = [&](const std::string& found) {
    throw InputError(path.string(), kLatents, fmt::format("float32 {}: the samples of this run", listed(expected)), found);
  };
  if (!file_->has(kLatents)) refuse("none");
  if (file_->is_string(kLatents)) refuse("strings");
  if (file_->dtype(kLatents) != at::kFloat) refuse(c10::toString(file_->dtype(kLatents)));
  if (const auto found = file_->shape(kLatents); found != expected) refuse(listed(found));
}

std::optional<std::filesystem::path> StartingNoise::path() const { return file_ ? std::optional(file_->path()) : std::nullopt; }

at::Tensor StartingNoise::operator()(Batch batch) const {
  if (!file_) return sample_noise(batch, shape_, seed_, rng::Stream::kLatents);
  auto noise = file_->read_rows(kLatents, batch.begin, batch.count);
  const auto finite = noise.flatten(1).isfinite().all(1);
  for (std::int64_t i = 0; i < batch.count; ++i) {
    if (!finite[i].item<bool>()) {
      throw InputError(file_->path().string(), fmt::format("latents of sample {}", batch.begin + i), "finite numbers", "others");
    }
  }
  return noise;
}

} // namespace cxr
