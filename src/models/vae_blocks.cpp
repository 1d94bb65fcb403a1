#include "models/vae_blocks.h"

namespace cxr {
namespace {

using nn::ResnetBlock2D;

torch::nn::ModuleList make_resnets(std::int64_t in_channels, std::int64_t out_channels, const VaeBlockOptions& options) {
  torch::nn::ModuleList resnets;
  for (std::int64_t i = 0; i < options.layers; ++i) {
    resnets->push_back(ResnetBlock2D(i == 0 ? in_channels : out_channels, out_channels, options.norm_num_groups, options.norm_eps));
  }
  return resnets;
}

} // namespace

DownEncoderBlock2DImpl::DownEncoderBlock2DImpl(std::int64_t in_channels, std::int64_t out_channels, bool add_downsample,
                                               const VaeBlockOptions& options)
    : resnets(register_module("resnets", make_resnets(in_channels, out_channels, options))) {
  if (add_downsample) {
    downsamplers = register_module("downsamplers", torch::nn::ModuleList(nn::Downsample2D(out_channels, /*padding=*/0)));
  }
}

at::Tensor DownEncoderBlock2DImpl::forward(at::Tensor x) {
  for (const auto& resnet : *resnets) x = resnet->as<ResnetBlock2D>()->forward(x);
  return downsamplers ? downsamplers[0]->as<nn::Downsample2D>()->forward(x) : x;
}

UNetMidBlock2DImpl::UNetMidBlock2DImpl(std::int64_t channels, bool add_attention, const VaeBlockOptions& options)
    : resnets(register_module("resnets", make_resnets(channels, channels, {options.norm_num_groups, 2, options.norm_eps}))) {
  if (add_attention) {
    attentions =
        register_module("attentions", torch::nn::ModuleList(nn::VaeAttention(channels, options.norm_num_groups, options.norm_eps)));
  }
}

at::Tensor UNetMidBlock2DImpl::forward(at::Tensor x) {
  x = resnets[0]->as<ResnetBlock2D>()->forward(x);
  if (attentions) x = attentions[0]->as<nn::VaeAttention>()->forward(x);
  return resnets[1]->as<ResnetBlock2D>()->forward(x);
}

UpDecoderBlock2DImpl::UpDecoderBlock2DImpl(std::int64_t in_channels, std::int64_t out_channels, bool add_upsample,
                                           const VaeBlockOptions& options)
    : resnets(register_module("resnets", make_resnets(in_channels, out_channels, options))) {
  if (add_upsample) upsamplers = register_module("upsamplers", torch::nn::ModuleList(nn::Upsample2D(out_channels)));
}

at::Tensor UpDecoderBlock2DImpl::forward(at::Tensor x) {
  for (const auto& resnet : *resnets) x = resnet->as<ResnetBlock2D>()->forward(x);
  return upsamplers ? upsamplers[0]->as<nn::Upsample2D>()->forward(x) : x;
}

} // namespace cxr
