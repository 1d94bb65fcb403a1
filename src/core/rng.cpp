#include "core/rng.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cxr::rng {
namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;

} // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const auto product0 = std::uint64_t{kMultiplier0} * c[0];
    const auto product1 = std::uint64_t{kMultiplier1} * c[2];
    c = {static_cast<std::uint32_t>(product1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(product1),
         static_cast<std::uint32_t>(product0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(product0)};
    k[0] += kWeyl0;
    k[1] += kWeyl1;
  }
  return c;
}

// Counter words: 0 the position within the sample, 1 and 2 the sample, 3 the stream.
Generator::Generator(std::uint64_t seed, Stream stream, std::uint64_t sample)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(sample >> 32),
               static_cast<std::uint32_t>(stream)} {}

std::uint32_t Generator::next_u32() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[used_++];
}

std::uint64_t Generator::next_u64() {
  const std::uint64_t high = next_u32();
  return high << 32 | next_u32();
}

double Generator::uniform() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }

std::uint64_t Generator::below(std::uint64_t bound) {
  // Rejects the low residues that would make small results likelier.
  const std::uint64_t threshold = (0 - bound) % bound;
  for (;;) {
    if (const auto x = next_u64(); x >= threshold) return x % bound;
  }
}

double Generator::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2 * std::log1p(-uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

void fill_normal(std::span<float> out, std::uint64_t seed, Stream stream, std::uint64_t sample) {
  Generator generator(seed, stream, sample);
  for (float& x : out) x = static_cast<float>(generator.normal());
}

std::vector<std::int64_t> sample_without_replacement(std::int64_t population, std::int64_t count, std::uint64_t seed, Stream stream,
                                                     std::uint64_t sample) {
  // Selection sampling (Knuth 3.4.2, algorithm S): one pass, sorted output.
  Generator generator(seed, stream, sample);
  std::vector<std::int64_t> chosen;
  chosen.reserve(static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, population)));
  for (std::int64_t i = 0; i < population && std::ssize(chosen) < count; ++i) {
    const auto left = static_cast<double>(population - i);
    if (left * generator.uniform() < static_cast<double>(count - std::ssize(chosen))) chosen.push_back(i);
  }
  return chosen;
}

} // namespace cxr::rng
