#include "models/unet_2d_condition.h"

#include "core/error.h"

namespace cxr {
namespace {

bool has_cross_attention(const std::string& block_type) { return block_type.starts_with("CrossAttn"); }

void check_inputs(const at::Tensor& sample, const at::Tensor& timesteps, const at::Tensor& condition,
                  const UNet2DConditionOptions& o) {
  const auto got = [](const at::Tensor& t) { return fmt::format("[{}]", fmt::join(t.sizes(), ",")); };
  expects(sample.dim() == 4 && sample.size(1) == o.in_channels, "U-Net: sample is [N,{},h,w], got {}", o.in_channels, got(sample));
  expects(timesteps.dim() == 1 && (timesteps.size(0) == 1 || timesteps.size(0) == sample.size(0)),
          "U-Net: timesteps are [{}] or [1], got {}", sample.size(0), got(timesteps));
  expects(condition.dim() == 3 && condition.size(0) == sample.size(0) && condition.size(2) == o.cross_attention_dim,
          "U-Net: the condition is [{},S,{}], got {}", sample.size(0), o.cross_attention_dim, got(condition));
}

} // namespace

UNet2DConditionImpl::UNet2DConditionImpl(UNet2DConditionOptions options) : options_(std::move(options)) {
  const auto& o = options_;
  const auto& channels = o.block_out_channels;
  const auto last = channels.size() - 1;
  const auto time_channels = 4 * channels[0];
  const auto block = [&](bool with_attention, std::int64_t layers, std::size_t level) {
    return UNetBlockOptions{.layers = layers,
                            .time_channels = time_channels,
                            .norm_eps = o.norm_eps,
                            .heads = with_attention ? o.heads[level] : 0,
                            .transformer = {o.cross_attention_dim, o.norm_num_groups, o.use_linear_projection},
                            .downsample_padding = o.downsample_padding};
  };
  conv_in = register_module("conv_in", nn::Conv2d(nn::Conv2dOptions(o.in_channels, channels[0], 3).with_padding(1)));
  time_embedding = register_module("time_embedding", nn::TimestepEmbedding(channels[0], time_channels));
  down_blocks = register_module("down_blocks", torch::nn::ModuleList());
  for (std::size_t i = 0; i <= last; ++i) {
    down_blocks->push_back(UNetDownBlock2D(channels[i == 0 ? 0 : i - 1], channels[i], i < last,
                                           block(has_cross_attention(o.down_block_types[i]), o.layers_per_block, i)));
  }
  mid_block = register_module("mid_block", UNetMidBlock2DCrossAttn(channels[last], block(true, 2, last)));
  up_blocks = register_module("up_blocks", torch::nn::ModuleList());
  for (std::size_t i = 0; i <= last; ++i) {
    const auto level = last - i;
    up_blocks->push_back(UNetUpBlock2D(channels[std::min(level + 1, last)], channels[level == 0 ? 0 : level - 1], channels[level],
                                       level > 0, block(has_cross_attention(o.up_block_types[i]), o.layers_per_block + 1, level)));
  }
  conv_norm_out =
      register_module("conv_norm_out", nn::GroupNorm(torch::nn::GroupNormOptions(o.norm_num_groups, channels[0]).eps(o.norm_eps)));
  conv_out = register_module("conv_out", nn::Conv2d(nn::Conv2dOptions(channels[0], o.out_channels, 3).with_padding(1)));
}

at::Tensor UNet2DConditionImpl::forward(const at::Tensor& sample, const at::Tensor& timesteps,
                                        const at::Tensor& encoder_hidden_states) {
  const auto& o = options_;
  check_inputs(sample, timesteps, encoder_hidden_states, o);
  const auto waves = nn::timestep_embedding(timesteps, o.block_out_channels[0], o.flip_sin_to_cos, o.freq_shift);
  const UNetCondition condition{time_embedding(waves.to(sample.scalar_type())), encoder_hidden_states, checkpointing_};

  auto x = conv_in(sample.contiguous(at::MemoryFormat::ChannelsLast)); // [N,C0,h,w]
  std::vector<at::Tensor> skips = {x};
  for (const auto& block : *down_blocks) x = block->as<UNetDownBlock2D>()->forward(x, condition, skips);
  x = mid_block(x, condition); // [N,C,h/f,w/f]
  for (const auto& block : *up_blocks) x = block->as<UNetUpBlock2D>()->forward(x, condition, skips);
  return conv_out(conv_norm_out->forward_silu(x)); // [N,out,h,w]
}

} // namespace cxr
