/// @file
/// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// A number depends on (seed, stream, sample, position) alone: never on the rank, the device or the order of calls.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cxr::rng {

/// What a sequence of random numbers is for. Two uses with one seed never share numbers.
enum class Stream : std::uint32_t {
  kPosterior = 1,          ///< the noise of the VAE's posterior
  kSampling = 2,           ///< which images of a source are taken
  kBootstrap = 3,          ///< resamples of a confidence interval
  kPhantom = 4,            ///< procedural radiographs
  kLatents = 5,            ///< starting noise of a diffusion sampler
  kWeights = 6,            ///< random weights where none are given
  kTsne = 7,               ///< noise in the start of a t-SNE layout
  kPrompts = 8,            ///< which prompts of a source are taken
  kStepNoise = 9,          ///< what a diffusion sampler adds after a step
  kStudySample = 10,       ///< which reports of a class are taken
  kSampleOrder = 11,       ///< the order of an epoch of training
  kTrainingNoise = 12,     ///< what is added to a latent, and the timestep
  kTrainingPosterior = 13, ///< which latent of an image's posterior is trained on
  kTemplate = 14,          ///< which wording of a prompt a draw has
  kDropout = 15,           ///< which captions are left out, which images are mirrored
  kReaderStudy = 16,       ///< which pairs readers score, in which order, on which sides
};

/// One Philox4x32-10 block: four random words from a 128-bit counter and a 64-bit key.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// The numbers of one sample, one after the other.
class Generator {
 public:
  Generator(std::uint64_t seed, Stream stream, std::uint64_t sample = 0);

  std::uint32_t next_u32();
  std::uint64_t next_u64();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform integer in [0, bound), without bias; bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Box-Muller).
  double normal();

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

/// Fills `out` with standard normal numbers of (seed, stream, sample).
void fill_normal(std::span<float> out, std::uint64_t seed, Stream stream, std::uint64_t sample);

/// A sorted uniform sample of `count` of the numbers 0 … population-1, without replacement (all of them if count ≥ population).
/// @param sample which of several independent samples of one stream
std::vector<std::int64_t> sample_without_replacement(std::int64_t population, std::int64_t count, std::uint64_t seed, Stream stream,
                                                     std::uint64_t sample = 0);

} // namespace cxr::rng
