#include "models/unet_blocks.h"

#include "nn/autograd/checkpoint.h"

namespace cxr {
namespace {

using nn::ResnetBlock2D;
using nn::Transformer2DModel;

ResnetBlock2D resnet(std::int64_t in_channels, std::int64_t out_channels, const UNetBlockOptions& o) {
  return ResnetBlock2D(in_channels, out_channels, o.transformer.norm_num_groups, o.norm_eps, o.time_channels);
}

torch::nn::ModuleList transformers(std::int64_t count, std::int64_t channels, const UNetBlockOptions& o) {
  torch::nn::ModuleList list;
  for (std::int64_t i = 0; i < count; ++i) list->push_back(Transformer2DModel(channels, o.heads, o.transformer));
  return list;
}

// One ResNet block and, in a block that has them, its transformer.
at::Tensor layer(torch::nn::ModuleList& resnets, torch::nn::ModuleList& attentions, std::size_t i, const at::Tensor& x,
                 const UNetCondition& condition) {
  const auto resnet = resnets[i];
  const auto transformer = attentions && i < attentions->size() ? attentions[i] : std::shared_ptr<torch::nn::Module>();
  const auto run = [resnet, transformer](const nn::autograd::Tensors& in) {
    const auto y = resnet->as<ResnetBlock2D>()->forward(in[0], in[1]);
    return transformer ? transformer->as<Transformer2DModel>()->forward(y, in[2]) : y;
  };
  nn::autograd::Tensors inputs = {x, condition.time}; // and nothing that is not used: it would want a gradient of this layer
  if (transformer) inputs.push_back(condition.text);
  if (!condition.checkpoints || !nn::onednn::is_watched(x)) return run(inputs);
  auto parameters = resnet->parameters();
  if (transformer) std::ranges::copy(transformer->parameters(), std::back_inserter(parameters));
  return nn::autograd::checkpoint(run, inputs, parameters);
}

} // namespace

UNetDownBlock2DImpl::UNetDownBlock2DImpl(std::int64_t in_channels, std::int64_t out_channels, bool add_downsample,
                                         const UNetBlockOptions& o)
    : resnets(register_module("resnets", torch::nn::ModuleList())) {
  for (std::int64_t i = 0; i < o.layers; ++i) resnets->push_back(resnet(i == 0 ? in_channels : out_channels, out_channels, o));
  if (o.heads > 0) attentions = register_module("attentions", transformers(o.layers, out_channels, o));
  if (add_downsample) {
    downsamplers = register_module("downsamplers", torch::nn::ModuleList(nn::Downsample2D(out_channels, o.downsample_padding)));
  }
}

at::Tensor UNetDownBlock2DImpl::forward(at::Tensor x, const UNetCondition& condition, std::vector<at::Tensor>& skips) {
  for (std::size_t i = 0; i < resnets->size(); ++i) {
    x = layer(resnets, attentions, i, x, condition);
    skips.push_back(x);
  }
  if (!downsamplers) return x;
  x = downsamplers[0]->as<nn::Downsample2D>()->forward(x);
  skips.push_back(x);
  return x;
}

UNetMidBlock2DCrossAttnImpl::UNetMidBlock2DCrossAttnImpl(std::int64_t channels, const UNetBlockOptions& o)
    : resnets(register_module("resnets", torch::nn::ModuleList(resnet(channels, channels, o), resnet(channels, channels, o)))),
      attentions(register_module("attentions", transformers(1, channels, o))) {}

at::Tensor UNetMidBlock2DCrossAttnImpl::forward(at::Tensor x, const UNetCondition& condition) {
  x = layer(resnets, attentions, 0, x, condition);
  return layer(resnets, attentions, 1, x, condition);
}

UNetUpBlock2DImpl::UNetUpBlock2DImpl(std::int64_t previous_channels, std::int64_t skip_channels, std::int64_t out_channels,
                                     bool add_upsample, const UNetBlockOptions& o)
    : resnets(register_module("resnets", torch::nn::ModuleList())) {
  for (std::int64_t i = 0; i < o.layers; ++i) {
    const auto below = i == 0 ? previous_channels : out_channels, beside = i + 1 == o.layers ? skip_channels : out_channels;
    resnets->push_back(resnet(below + beside, out_channels, o));
  }
  if (o.heads > 0) attentions = register_module("attentions", transformers(o.layers, out_channels, o));
  if (add_upsample) upsamplers = register_module("upsamplers", torch::nn::ModuleList(nn::Upsample2D(out_channels)));
}

at::Tensor UNetUpBlock2DImpl::forward(at::Tensor x, const UNetCondition& condition, std::vector<at::Tensor>& skips) {
  for (std::size_t i = 0; i < resnets->size(); ++i) {
    x = at::cat({x, skips.back()}, 1);
    skips.pop_back();
    x = layer(resnets, attentions, i, x, condition);
  }
  return upsamplers ? upsamplers[0]->as<nn::Upsample2D>()->forward(x, skips.back().sizes().slice(2)) : x;
}

} // namespace cxr
