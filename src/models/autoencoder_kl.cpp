#include "models/autoencoder_kl.h"

#include "core/error.h"
#include "io/json.h"

namespace cxr {
namespace {

constexpr double kNormEps = 1e-6;

nn::Conv2d conv3x3(std::int64_t in, std::int64_t out) { return nn::Conv2d(nn::Conv2dOptions(in, out, 3).with_padding(1)); }
nn::Conv2d conv1x1(std::int64_t channels) { return nn::Conv2d(nn::Conv2dOptions(channels, channels, 1)); }
nn::GroupNorm norm(std::int64_t groups, std::int64_t channels) {
  return nn::GroupNorm(torch::nn::GroupNormOptions(groups, channels).eps(kNormEps));
}

void check(const JsonFile& config, const AutoencoderKLOptions& options) {
  const auto& blocks = options.block_out_channels;
  if (blocks.empty() || blocks.size() > 8) config.refuse("block_out_channels", "1 to 8 numbers", fmt::format("{}", blocks.size()));
  if (options.layers_per_block < 1) config.refuse("layers_per_block", "at least 1", fmt::format("{}", options.layers_per_block));
  for (auto channels : blocks) {
    if (channels < 1 || options.norm_num_groups < 1 || channels % options.norm_num_groups != 0) {
      config.refuse("block_out_channels", fmt::format("multiples of norm_num_groups = {}", options.norm_num_groups),
                    fmt::format("{}", channels));
    }
  }
  for (const auto& [field, value] : {std::pair{"in_channels", options.in_channels},
                                     {"out_channels", options.out_channels},
                                     {"sample_size", options.sample_size},
                                     {"latent_channels", options.latent_channels}}) {
    if (value < 1) config.refuse(field, "at least 1", fmt::format("{}", value));
  }
}

// A number, or [height, width] of which the height counts, as for diffusers' tiles.
std::int64_t read_sample_size(const JsonFile& config, std::int64_t fallback) {
  if (!config.has("sample_size") || !config.root().at("sample_size").is_array()) return config.get_or("sample_size", fallback);
  const auto sides = config.require<std::vector<std::int64_t>>("sample_size");
  return sides.empty() ? fallback : sides.front();
}

void check_block_types(const JsonFile& config, const std::string& field, const std::string& supported, std::size_t blocks) {
  if (!config.has(field)) return;
  const auto types = config.require<std::vector<std::string>>(field);
  if (types.size() != blocks) config.refuse(field, fmt::format("{} block types", blocks), fmt::format("{}", types.size()));
  for (const auto& type : types) {
    if (type != supported) config.refuse(field, supported, type);
  }
}

} // namespace

AutoencoderKLOptions AutoencoderKLOptions::read(const std::filesystem::path& path) {
  const JsonFile config(path);
  AutoencoderKLOptions o;
  if (const auto name = config.get_or<std::string>("_class_name", "AutoencoderKL"); name != "AutoencoderKL") {
    config.refuse("_class_name", "AutoencoderKL", name);
  }
  if (const auto act = config.get_or<std::string>("act_fn", "silu"); act != "silu") config.refuse("act_fn", "silu", act);
  o.in_channels = config.get_or("in_channels", o.in_channels);
  o.out_channels = config.get_or("out_channels", o.out_channels);
  o.latent_channels = config.get_or("latent_channels", o.latent_channels);
  o.block_out_channels = config.require<std::vector<std::int64_t>>("block_out_channels");
  o.layers_per_block = config.get_or("layers_per_block", std::int64_t{1});
  o.norm_num_groups = config.get_or("norm_num_groups", o.norm_num_groups);
  o.sample_size = read_sample_size(config, o.sample_size);
  o.scaling_factor = config.get_or("scaling_factor", o.scaling_factor);
  o.mid_block_add_attention = config.get_or("mid_block_add_attention", true);
  o.use_quant_conv = config.get_or("use_quant_conv", true);
  o.use_post_quant_conv = config.get_or("use_post_quant_conv", true);
  check(config, o);
  check_block_types(config, "down_block_types", "DownEncoderBlock2D", o.block_out_channels.size());
  check_block_types(config, "up_block_types", "UpDecoderBlock2D", o.block_out_channels.size());
  return o;
}

VaeEncoderImpl::VaeEncoderImpl(const AutoencoderKLOptions& o) {
  const auto& channels = o.block_out_channels;
  const VaeBlockOptions block{o.norm_num_groups, o.layers_per_block, kNormEps};
  conv_in = register_module("conv_in", conv3x3(o.in_channels, channels.front()));
  down_blocks = register_module("down_blocks", torch::nn::ModuleList());
  for (std::size_t i = 0; i < channels.size(); ++i) {
    down_blocks->push_back(DownEncoderBlock2D(channels[i == 0 ? 0 : i - 1], channels[i], i + 1 < channels.size(), block));
  }
  mid_block = register_module("mid_block", UNetMidBlock2D(channels.back(), o.mid_block_add_attention, block));
  conv_norm_out = register_module("conv_norm_out", norm(o.norm_num_groups, channels.back()));
  conv_out = register_module("conv_out", conv3x3(channels.back(), 2 * o.latent_channels));
}

at::Tensor VaeEncoderImpl::forward(const at::Tensor& sample) {
  auto x = conv_in(sample); // [N,C0,H,W]
  for (const auto& block : *down_blocks) x = block->as<DownEncoderBlock2D>()->forward(x);
  x = mid_block(x); // [N,C,H/f,W/f]
  return conv_out(conv_norm_out->forward_silu(x));
}

VaeDecoderImpl::VaeDecoderImpl(const AutoencoderKLOptions& o) {
  const std::vector<std::int64_t> channels(o.block_out_channels.rbegin(), o.block_out_channels.rend());
  const VaeBlockOptions block{o.norm_num_groups, o.layers_per_block + 1, kNormEps};
  conv_in = register_module("conv_in", conv3x3(o.latent_channels, channels.front()));
  mid_block = register_module("mid_block", UNetMidBlock2D(channels.front(), o.mid_block_add_attention, block));
  up_blocks = register_module("up_blocks", torch::nn::ModuleList());
  for (std::size_t i = 0; i < channels.size(); ++i) {
    up_blocks->push_back(UpDecoderBlock2D(channels[i == 0 ? 0 : i - 1], channels[i], i + 1 < channels.size(), block));
  }
  conv_norm_out = register_module("conv_norm_out", norm(o.norm_num_groups, channels.back()));
  conv_out = register_module("conv_out", conv3x3(channels.back(), o.out_channels));
}

at::Tensor VaeDecoderImpl::forward(const at::Tensor& latents) {
  auto x = mid_block(conv_in(latents)); // [N,C,h,w]
  for (const auto& block : *up_blocks) x = block->as<UpDecoderBlock2D>()->forward(x);
  return conv_out(conv_norm_out->forward_silu(x)); // [N,3,f·h,f·w]
}

DiagonalGaussian::DiagonalGaussian(const at::Tensor& moments) {
  const auto halves = moments.chunk(2, 1);
  mean = halves[0];
  logvar = halves[1].clamp(-30.0, 20.0);
}

AutoencoderKLImpl::AutoencoderKLImpl(AutoencoderKLOptions options)
    : options_(std::move(options)),
      encoder(register_module("encoder", VaeEncoder(options_))),
      decoder(register_module("decoder", VaeDecoder(options_))) {
  if (options_.use_quant_conv) quant_conv = register_module("quant_conv", conv1x1(2 * options_.latent_channels));
  if (options_.use_post_quant_conv) post_quant_conv = register_module("post_quant_conv", conv1x1(options_.latent_channels));
}

at::Tensor AutoencoderKLImpl::encode(const at::Tensor& sample) {
  expects(sample.dim() == 4 && sample.size(1) == options_.in_channels, "AutoencoderKL: sample is [N,{},H,W], got {} dimensions",
          options_.in_channels, sample.dim());
  const auto moments = encoder(sample);
  return quant_conv ? quant_conv(moments) : moments;
}

at::Tensor AutoencoderKLImpl::decode(const at::Tensor& latents) {
  expects(latents.dim() == 4 && latents.size(1) == options_.latent_channels,
          "AutoencoderKL: latents are [N,{},h,w], got {} dimensions", options_.latent_channels, latents.dim());
  return decoder(post_quant_conv ? post_quant_conv(latents) : latents);
}

} // namespace cxr
