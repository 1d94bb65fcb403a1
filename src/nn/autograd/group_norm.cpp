#include "nn/autograd/group_norm.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "nn/group_norm.h"
#include "nn/kernels/group_norm_gradient.h"

namespace cxr::nn::autograd {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kPixelBlock = 256; // whose sums are kept in float32 before they join in float64

struct Gradients {
  Tensor x, weight, bias; // weight and bias float32 [C]
};

// One image. T: float, or bfloat16's bits.
template <typename T>
class ImageGradient {
 public:
  ImageGradient(const GroupMoments& moments, std::int64_t image, const Tensor& weight, const Tensor& bias, std::int64_t pixels,
                bool silu)
      : channels_(weight.size(0)), pixels_(pixels), silu_(silu), norm_(channels_) {
    const auto groups = moments.mean.size(1), width = channels_ / groups;
    const auto *mean = moments.mean.const_data_ptr<float>() + image * groups,
               *rstd = moments.rstd.const_data_ptr<float>() + image * groups;
    for (std::int64_t c = 0; c < channels_; ++c) {
      norm_.mean[c] = mean[c / width], norm_.rstd[c] = rstd[c / width];
      norm_.weight[c] = weight.const_data_ptr<float>()[c], norm_.bias[c] = bias.const_data_ptr<float>()[c];
    }
    groups_ = groups;
  }

  /// Adds to the sums of Σ dz and Σ dz · x̂ a channel, dz the gradient before the activation.
  void add_sums(const T* x, const T* dy, double* bias, double* weight) const {
    const auto blocks = (pixels_ + kPixelBlock - 1) / kPixelBlock;
    std::vector<float> partial(blocks * 2 * channels_, 0.0F);
    at::parallel_for(0, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto b = begin; b < end; ++b) {
        const auto first = b * kPixelBlock * channels_;
        kernels::add_gradient_sums(x + first, dy + first, norm_.view(), std::min(kPixelBlock, pixels_ - b * kPixelBlock), channels_,
                                   silu_, partial.data() + b * 2 * channels_);
      }
    });
    for (std::int64_t b = 0; b < blocks; ++b) {
      const auto* sums = partial.data() + b * 2 * channels_;
      for (std::int64_t c = 0; c < channels_; ++c) bias[c] += sums[c], weight[c] += sums[channels_ + c];
    }
  }

  /// @param bias, weight this image's sums
  void write(const T* x, const T* dy, const double* bias, const double* weight, T* dx) const {
    // dx = rstd · (w dz - mean(w dz) - x̂ · mean(w dz x̂)), means over the group: a linear function of dz and x̂ in each channel.
    const auto width = channels_ / groups_;
    std::vector<float> shift(channels_), slope(channels_);
    for (std::int64_t g = 0; g < groups_; ++g) {
      double mean = 0, along = 0;
      for (auto c = g * width; c < (g + 1) * width; ++c) mean += norm_.weight[c] * bias[c], along += norm_.weight[c] * weight[c];
      const auto count = static_cast<double>(pixels_ * width);
      for (auto c = g * width; c < (g + 1) * width; ++c) {
        shift[c] = static_cast<float>(-norm_.rstd[c] * mean / count), slope[c] = static_cast<float>(-norm_.rstd[c] * along / count);
      }
    }
    at::parallel_for(0, pixels_, kPixelBlock, [&](std::int64_t begin, std::int64_t end) {
      kernels::input_gradient(x + begin * channels_, dy + begin * channels_, norm_.view(), shift.data(), slope.data(), end - begin,
                              channels_, silu_, dx + begin * channels_);
    });
  }

 private:
  // A number a channel each.
  struct ChannelNorm {
    explicit ChannelNorm(std::int64_t channels) : mean(channels), rstd(channels), weight(channels), bias(channels) {}
    kernels::Norm view() const { return {mean.data(), rstd.data(), weight.data(), bias.data()}; }
    std::vector<float> mean, rstd, weight, bias;
  };

  std::int64_t channels_, pixels_, groups_ = 1;
  bool silu_;
  ChannelNorm norm_;
};

template <typename T>
Gradients gradients_of(const Tensor& x, const Tensor& dy, const GroupMoments& moments, const Tensor& weight, const Tensor& bias,
                       bool silu) {
  const auto channels = x.size(1), pixels = x.size(2) * x.size(3);
  const auto dx = at::empty_like(x);
  std::vector<double> dw(channels, 0.0), db(channels, 0.0);
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    const auto at_image = [&](const auto* data) { return static_cast<const T*>(data) + n * channels * pixels; };
    const ImageGradient<T> image(moments, n, weight, bias, pixels, silu);
    std::vector<double> bias_sums(channels, 0.0), weight_sums(channels, 0.0);
    image.add_sums(at_image(x.const_data_ptr()), at_image(dy.const_data_ptr()), bias_sums.data(), weight_sums.data());
    image.write(at_image(x.const_data_ptr()), at_image(dy.const_data_ptr()), bias_sums.data(), weight_sums.data(),
                static_cast<T*>(dx.mutable_data_ptr()) + n * channels * pixels);
    for (std::int64_t c = 0; c < channels; ++c) dw[c] += weight_sums[c], db[c] += bias_sums[c];
  }
  return {dx, at::tensor(dw).to(at::kFloat), at::tensor(db).to(at::kFloat)};
}

struct GroupNormFunction : torch::autograd::Function<GroupNormFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight, const Tensor& bias, std::int64_t groups,
                        double eps, bool silu) {
    GroupMoments moments;
    auto y = fused_group_norm(x, groups, weight, bias, eps, silu, &moments);
    ctx->save_for_backward({x, weight, bias});
    ctx->saved_data["mean"] = moments.mean;
    ctx->saved_data["rstd"] = moments.rstd;
    ctx->saved_data["silu"] = silu;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto x = saved[0].contiguous(at::MemoryFormat::ChannelsLast),
               dy = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const GroupMoments moments{ctx->saved_data["mean"].toTensor(), ctx->saved_data["rstd"].toTensor()};
    const auto weight = saved[1].to(at::kFloat), bias = saved[2].to(at::kFloat);
    const bool silu = ctx->saved_data["silu"].toBool();
    const auto d = x.scalar_type() == at::kFloat ? gradients_of<float>(x, dy, moments, weight, bias, silu)
                                                 : gradients_of<std::uint16_t>(x, dy, moments, weight, bias, silu);
    return {d.x, d.weight.to(saved[1].scalar_type()), d.bias.to(saved[2].scalar_type()), Tensor(), Tensor(), Tensor()};
  }
};

} // namespace

Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias, double eps, bool silu) {
  return GroupNormFunction::apply(x, weight, bias, groups, eps, silu);
}

} // namespace cxr::nn::autograd
