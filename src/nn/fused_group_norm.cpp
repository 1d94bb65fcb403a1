#include "nn/group_norm.h"

#include <ATen/Parallel.h>

#include "core/error.h"
#include "nn/kernels/group_norm.h"
#include "nn/kernels/simd.h"

namespace cxr::nn {
namespace {

constexpr std::int64_t kBlock = 256; // pixels whose sums are kept in float32 before they join in float64

struct Affine {
  std::vector<float> scale, offset; // [C]: y = x · scale + offset
  std::vector<float> mean, rstd;    // [groups]
};

struct ChannelSums {
  std::vector<float> shift;        // [C]: the first pixel
  std::vector<double> sum, square; // [C]: Σ (x - shift) and Σ (x - shift)²
};

template <typename T>
ChannelSums channel_sums(const T* x, std::int64_t pixels, std::int64_t channels) {
  ChannelSums s{std::vector<float>(channels), std::vector<double>(channels, 0.0), std::vector<double>(channels, 0.0)};
  for (std::int64_t c = 0; c < channels; ++c) s.shift[c] = kernels::load(x[c]);
  const std::int64_t blocks = (pixels + kBlock - 1) / kBlock;
  std::vector<float> partial(blocks * 2 * channels, 0.0f); // [block][sum, square][C]
  at::parallel_for(0, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto b = begin; b < end; ++b) {
      float* sum = partial.data() + b * 2 * channels;
      kernels::add_sums(x + b * kBlock * channels, s.shift.data(), std::min(kBlock, pixels - b * kBlock), channels, sum,
                        sum + channels);
    }
  });
  for (std::int64_t b = 0; b < blocks; ++b) {
    const float* sum = partial.data() + b * 2 * channels;
    for (std::int64_t c = 0; c < channels; ++c) s.sum[c] += sum[c], s.square[c] += sum[channels + c];
  }
  return s;
}

// One image's normalisation as one multiply-add a channel: each group's moments from those of its channels.
Affine affine_of(const ChannelSums& s, std::int64_t pixels, std::int64_t channels, std::int64_t groups, const float* weight,
                 const float* bias, double eps) {
  Affine affine{std::vector<float>(channels), std::vector<float>(channels), std::vector<float>(groups), std::vector<float>(groups)};
  const std::int64_t per_group = channels / groups;
  const auto n = static_cast<double>(pixels);
  for (std::int64_t g = 0; g < groups; ++g) {
    const auto first = g * per_group, last = first + per_group;
    double mean = 0, spread = 0;
    for (auto c = first; c < last; ++c) mean += s.shift[c] + s.sum[c] / n;
    mean /= static_cast<double>(per_group);
    for (auto c = first; c < last; ++c) {
      const double channel_mean = s.shift[c] + s.sum[c] / n;
      spread += s.square[c] - s.sum[c] * s.sum[c] / n + n * (channel_mean - mean) * (channel_mean - mean);
    }
    const double rstd = 1 / std::sqrt(std::max(spread, 0.0) / (n * static_cast<double>(per_group)) + eps);
    affine.mean[g] = static_cast<float>(mean), affine.rstd[g] = static_cast<float>(rstd);
    for (auto c = first; c < last; ++c) {
      affine.scale[c] = static_cast<float>(weight[c] * rstd);
      affine.offset[c] = static_cast<float>(bias[c] - mean * weight[c] * rstd);
    }
  }
  return affine;
}

template <typename T>
void run(const T* x, std::int64_t images, std::int64_t pixels, std::int64_t channels, std::int64_t groups, const float* weight,
         const float* bias, double eps, bool silu, T* y, GroupMoments* moments) {
  for (std::int64_t n = 0; n < images; ++n, x += pixels * channels, y += pixels * channels) {
    const auto affine = affine_of(channel_sums(x, pixels, channels), pixels, channels, groups, weight, bias, eps);
    if (moments) {
      std::ranges::copy(affine.mean, moments->mean.mutable_data_ptr<float>() + n * groups);
      std::ranges::copy(affine.rstd, moments->rstd.mutable_data_ptr<float>() + n * groups);
    }
    at::parallel_for(0, pixels, kBlock, [&](std::int64_t begin, std::int64_t end) {
      kernels::scale_offset(x + begin * channels, affine.scale.data(), affine.offset.data(), end - begin, channels, silu,
                            y + begin * channels);
    });
  }
}

} // namespace

at::Tensor fused_group_norm(const at::Tensor& input, std::int64_t groups, const at::Tensor& weight, const at::Tensor& bias,
                            double eps, bool silu, GroupMoments* moments) {
  expects(input.dim() == 4, "group norm: expected [N,C,H,W], got {} dimensions", input.dim());
  const auto x = input.contiguous(at::MemoryFormat::ChannelsLast); // [N,H,W,C] in memory
  const auto y = at::empty_like(x);
  const auto w = weight.to(at::kFloat).contiguous(), b = bias.to(at::kFloat).contiguous();
  const auto images = x.size(0), channels = x.size(1), pixels = x.size(2) * x.size(3);
  if (moments) *moments = {at::empty({images, groups}, at::kFloat), at::empty({images, groups}, at::kFloat)};
  if (x.scalar_type() == at::kFloat) {
    run(x.const_data_ptr<float>(), images, pixels, channels, groups, w.const_data_ptr<float>(), b.const_data_ptr<float>(), eps,
        silu, y.mutable_data_ptr<float>(), moments);
  } else {
    expects(x.scalar_type() == at::kBFloat16, "group norm: expected float32 or bfloat16, got {}", c10::toString(x.scalar_type()));
    run(static_cast<const std::uint16_t*>(x.const_data_ptr()), images, pixels, channels, groups, w.const_data_ptr<float>(),
        b.const_data_ptr<float>(), eps, silu, static_cast<std::uint16_t*>(y.mutable_data_ptr()), moments);
  }
  return y;
}

} // namespace cxr::nn
