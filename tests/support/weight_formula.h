/// @file
/// Weights and images from a formula, for networks too large to commit: the same bits as tests/fixtures/weight_formula.py, whose
/// docstring states it.
#pragma once

#include <torch/types.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace cxr::test {

/// zlib's CRC-32.
inline std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1U)));
    }
  }
  return ~crc;
}

/// The formula's hash of element `i` of the tensor whose name has the CRC-32 `crc`.
inline std::uint32_t formula_hash(std::uint32_t crc, std::uint32_t i) {
  std::uint32_t x = crc + i * 0x9E3779B9U;
  x ^= x >> 16;
  x *= 0x7FEB352DU;
  x ^= x >> 15;
  x *= 0x846CA68BU;
  return x ^ (x >> 16);
}

/// float32 [shape] of offset + scale × u, u uniform in [-1, 1).
inline at::Tensor formula_uniform(const std::string& name, at::IntArrayRef shape, double offset = 0, float scale = 1) {
  const at::Tensor result = at::empty(shape, at::kFloat);
  const std::uint32_t crc = crc32(name);
  float* const values = result.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < result.numel(); ++i) {
    const double u = static_cast<double>(formula_hash(crc, static_cast<std::uint32_t>(i)) >> 8) * 0x1p-23 - 1.0;
    values[i] = static_cast<float>(offset + static_cast<double>(scale) * u);
  }
  return result;
}

/// The formula's value for the checkpoint key `name`.
inline at::Tensor formula_tensor(const std::string& name, at::IntArrayRef shape) {
  if (name.ends_with("num_batches_tracked")) {
    return at::zeros(shape, at::kLong);
  }
  if (name.ends_with("running_var")) {
    return formula_uniform(name, shape, 1.0, 0.5F);
  }
  if (name.ends_with("running_mean") || name.ends_with("bias")) {
    return formula_uniform(name, shape, 0.0, 0.1F);
  }
  if (shape.size() == 1) {
    return formula_uniform(name, shape, 1.0, 0.25F);
  }
  const auto fan_in = static_cast<double>(c10::multiply_integers(shape) / shape[0]);
  const float densenet_factor = name == "features.conv0.weight" ? 0x1p-9F : name == "classifier.weight" ? 0x1p-3F : 1.0F;
  return formula_uniform(name, shape, 0.0, static_cast<float>(std::sqrt(6.0 / fan_in)) * densenet_factor);
}

/// uint8 [height, width]: a slope with six bits of noise.
inline at::Tensor formula_image(const std::string& name, std::int64_t height, std::int64_t width) {
  const at::Tensor result = at::empty({height, width}, at::kByte);
  const std::uint32_t crc = crc32(name);
  auto* const pixels = result.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < height * width; ++i) {
    const std::uint32_t noise = formula_hash(crc, static_cast<std::uint32_t>(i)) >> 26;
    pixels[i] = static_cast<std::uint8_t>(i % width * 96 / width + i / width * 96 / height + noise);
  }
  return result;
}

} // namespace cxr::test
