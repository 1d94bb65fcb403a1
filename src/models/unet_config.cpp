#include "core/error.h"
#include "models/transformer_config.h"
#include "models/unet_2d_condition.h"

namespace cxr {
namespace {

using nlohmann::json;

// Fields of diffusers' UNet2DConditionModel that would change the result, with the value at which they change nothing.
const std::vector<std::pair<const char*, json>>& fixed_fields() {
  static const std::vector<std::pair<const char*, json>> fields = {{"_class_name", "UNet2DConditionModel"},
                                                                   {"mid_block_type", "UNetMidBlock2DCrossAttn"},
                                                                   {"mid_block_scale_factor", 1},
                                                                   {"center_input_sample", false},
                                                                   {"only_cross_attention", false},
                                                                   {"dual_cross_attention", false},
                                                                   {"attention_type", "default"},
                                                                   {"cross_attention_norm", nullptr},
                                                                   {"transformer_layers_per_block", 1},
                                                                   {"reverse_transformer_layers_per_block", nullptr},
                                                                   {"class_embed_type", nullptr},
                                                                   {"num_class_embeds", nullptr},
                                                                   {"class_embeddings_concat", false},
                                                                   {"addition_embed_type", nullptr},
                                                                   {"encoder_hid_dim", nullptr},
                                                                   {"encoder_hid_dim_type", nullptr},
                                                                   {"time_embedding_type", "positional"},
                                                                   {"time_embedding_dim", nullptr},
                                                                   {"time_embedding_act_fn", nullptr},
                                                                   {"timestep_post_act", nullptr},
                                                                   {"time_cond_proj_dim", nullptr},
                                                                   {"resnet_time_scale_shift", "default"},
                                                                   {"resnet_skip_time_act", false},
                                                                   {"resnet_out_scale_factor", 1},
                                                                   {"conv_in_kernel", 3},
                                                                   {"conv_out_kernel", 3}};
  return fields;
}

void check_fixed_fields(const JsonFile& config) {
  for (const auto& [field, value] : fixed_fields()) {
    if (!config.root().contains(field)) continue;
    const auto& found = config.root().at(field);
    const bool a_list_of_it = found.is_array() && std::ranges::all_of(found, [&](const json& item) { return item == value; });
    if (found != value && !a_list_of_it) config.refuse(field, value.dump(), found.dump());
  }
  if (const auto act = config.get_or<std::string>("act_fn", "silu"); act != "silu" && act != "swish") {
    config.refuse("act_fn", "silu", act);
  }
}

std::vector<std::string> read_block_types(const JsonFile& config, const char* field, const std::vector<std::string>& defaults,
                                          const std::string& known) {
  if (!config.has(field)) return defaults;
  auto types = config.require<std::vector<std::string>>(field);
  for (const auto& type : types) {
    if (type != known && type != "CrossAttn" + known) config.refuse(field, fmt::format("{0} or CrossAttn{0}", known), type);
  }
  return types;
}

// One number for all levels, or one a level.
std::vector<std::int64_t> read_heads(const JsonFile& config, std::size_t levels) {
  const auto* field = config.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
  const bool is_list = config.has(field) && config.root().at(field).is_array();
  const auto heads = is_list ? config.require<std::vector<std::int64_t>>(field)
                             : std::vector<std::int64_t>(levels, config.get_or(field, std::int64_t{8}));
  if (heads.size() != levels) config.refuse(field, fmt::format("{} numbers", levels), fmt::format("{}", heads.size()));
  for (const auto h : heads) {
    if (h < 1) config.refuse(field, "the number of heads, at least 1", fmt::format("{}", h));
  }
  return heads;
}

void check_levels(const JsonFile& config, const UNet2DConditionOptions& o) {
  constexpr std::int64_t kMaxChannels = 65'536;
  const auto levels = o.block_out_channels.size();
  if (levels < 1 || levels > 8) config.refuse("block_out_channels", "1 to 8 numbers", fmt::format("{}", levels));
  for (const auto& [field, types] : {std::pair{"down_block_types", o.down_block_types}, {"up_block_types", o.up_block_types}}) {
    if (types.size() != levels) {
      config.refuse(field, fmt::format("{} block types, as block_out_channels has numbers", levels),
                    fmt::format("{}", types.size()));
    }
  }
  for (std::size_t i = 0; i < levels; ++i) {
    const auto channels = o.block_out_channels[i];
    if (channels < 1 || channels > kMaxChannels || channels % o.norm_num_groups != 0) {
      config.refuse("block_out_channels",
                    fmt::format("multiples of norm_num_groups = {} up to {}", o.norm_num_groups, kMaxChannels),
                    fmt::format("{}", channels));
    }
    if (channels % o.heads[i] != 0) {
      config.refuse("attention_head_dim", fmt::format("numbers of heads that divide block_out_channels, here {}", channels),
                    fmt::format("{}", o.heads[i]));
    }
  }
}

} // namespace

UNet2DConditionOptions UNet2DConditionOptions::read(const std::filesystem::path& path) {
  const JsonFile config(path);
  check_fixed_fields(config);
  UNet2DConditionOptions o;
  o.sample_size = read_size(config, "sample_size", o.sample_size, 65'536);
  o.in_channels = read_size(config, "in_channels", o.in_channels, 1'024);
  o.out_channels = read_size(config, "out_channels", o.out_channels, 1'024);
  o.down_block_types = read_block_types(config, "down_block_types", o.down_block_types, "DownBlock2D");
  o.up_block_types = read_block_types(config, "up_block_types", o.up_block_types, "UpBlock2D");
  o.block_out_channels = config.require<std::vector<std::int64_t>>("block_out_channels");
  o.layers_per_block = read_size(config, "layers_per_block", o.layers_per_block, 64);
  o.heads = read_heads(config, o.block_out_channels.size());
  o.downsample_padding = read_size(config, "downsample_padding", o.downsample_padding, 1, 0);
  o.cross_attention_dim = read_size(config, "cross_attention_dim", 1'280, 65'536);
  o.norm_num_groups = read_size(config, "norm_num_groups", config.root().contains("norm_num_groups") ? 0 : 32, 65'536);
  o.norm_eps = config.get_or("norm_eps", o.norm_eps);
  o.use_linear_projection = config.get_or("use_linear_projection", o.use_linear_projection);
  o.flip_sin_to_cos = config.get_or("flip_sin_to_cos", o.flip_sin_to_cos);
  o.freq_shift = config.get_or("freq_shift", o.freq_shift);
  if (!(o.norm_eps > 0)) config.refuse("norm_eps", "a positive number", fmt::format("{}", o.norm_eps));
  check_levels(config, o);
  return o;
}

} // namespace cxr
