#include "models/pretrained.h"

#include <set>

#include <fmt/ranges.h>

#include "core/digest.h"
#include "core/digest_list.h"
#include "core/error.h"
#include "core/rng.h"
#include "io/json.h"
#include "models/autoencoder_kl.h"
#include "models/bert_model.h"
#include "models/clip_text_model.h"
#include "models/densenet.h"
#include "models/inception_v3.h"
#include "models/text_checkpoint.h"
#include "models/unet_2d_condition.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

bool tolerated(const std::string& key) { return key.ends_with("position_ids") || key.ends_with("num_batches_tracked"); }

std::string shape_of(const at::Tensor& t) { return fmt::format("[{}]", fmt::join(t.sizes(), ",")); }

// "3 missing (a, b, c)"; long lists are cut, their length is not.
std::string listed(const char* what, const std::vector<std::string>& keys) {
  constexpr std::size_t kShown = 8;
  if (keys.empty()) return {};
  std::string text = fmt::format("{} {} (", keys.size(), what);
  for (std::size_t i = 0; i < std::min(keys.size(), kShown); ++i) text += (i ? ", " : "") + keys[i];
  return text + (keys.size() > kShown ? ", …)" : ")");
}

std::vector<std::pair<std::string, at::Tensor>> slots(torch::nn::Module& module) {
  std::vector<std::pair<std::string, at::Tensor>> all;
  for (const auto& item : module.named_parameters()) all.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) all.emplace_back(item.key(), item.value());
  return all;
}

// A configuration of sizes that no memory holds agrees with no weights.
template <typename Model, typename Options>
Model construct(const Options& options, const fs::path& folder) try {
  return Model(options);
} catch (const c10::Error&) {
  throw InputError((folder / "config.json").string(), "sizes", "those of the weights", "a model that does not fit into memory");
}

void check_finite(const StateDict& state, const std::string& source) {
  for (const auto& [key, tensor] : state) {
    if (!tensor.is_floating_point() || key == "op_threshs") continue; // a threshold that was never fitted is NaN
    const auto wrong = tensor.numel() - tensor.isfinite().sum().item<std::int64_t>();
    if (wrong > 0) throw InputError(source, key, "finite numbers", fmt::format("{} of {} that are not", wrong, tensor.numel()));
  }
}

// cuDNN wants channels last, and would turn each weight around at each call.
at::MemoryFormat layout(const at::Tensor& value, const LoadOptions& options) {
  return options.device.is_cuda() && value.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Preserve;
}

void replace_first(std::string& text, std::string_view from, std::string_view to) {
  if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
}

} // namespace

fs::path find_weights(const fs::path& path) {
  if (fs::is_regular_file(path)) return path;
  if (!fs::is_directory(path)) throw InputError(path.string(), "", "a model folder or a checkpoint file", "nothing");
  for (const char* suffix :
       {".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".fp16.safetensors", ".fp16.bin", ".pth", ".pt"}) {
    for (const char* stem : {"diffusion_pytorch_model", "model", "pytorch_model"}) {
      if (auto file = path / (std::string(stem) + suffix); fs::exists(file)) return file;
    }
  }
  throw InputError(path.string(), "weights", "diffusion_pytorch_model, model or pytorch_model as .safetensors or .bin",
                   "none of them");
}

std::string weights_digest(const fs::path& path) {
  const auto weights = find_weights(path);
  if (!weights.string().ends_with(".index.json")) return checked_digest(weights);
  std::set<std::string> files;
  const JsonFile index(weights);
  for (const auto& [key, file] : index.root().at("weight_map").items()) files.insert(file.get<std::string>());
  auto text = checked_digest(weights);
  for (const auto& file : files) text += checked_digest(weights.parent_path() / file);
  return sha256(text);
}

std::string config_digest(const fs::path& path) {
  return fs::is_regular_file(path / "config.json") ? checked_digest(path / "config.json") : std::string();
}

fs::path vae_folder(const fs::path& folder) { return fs::is_directory(folder / "vae") ? folder / "vae" : folder; }

fs::path unet_folder(const fs::path& folder) { return fs::is_directory(folder / "unet") ? folder / "unet" : folder; }

void load_state_dict(torch::nn::Module& module, const StateDict& state, const std::string& source, const LoadOptions& options) {
  torch::NoGradGuard no_grad;
  std::vector<std::string> missing, misshaped, unexpected;
  std::map<std::string, bool> known;
  for (auto& [key, slot] : slots(module)) {
    known[key] = true;
    const auto found = state.find(key);
    if (found == state.end()) {
      if (!tolerated(key) && !(key == "op_threshs" && !slot.isnan().all().item<bool>())) missing.push_back(key);
    } else if (found->second.sizes() != slot.sizes()) {
      misshaped.push_back(fmt::format("{} {} instead of {}", key, shape_of(found->second), shape_of(slot)));
    } else if (slot.is_floating_point() && !found->second.is_floating_point()) {
      misshaped.push_back(
          fmt::format("{} of {} instead of numbers with a fraction", key, c10::toString(found->second.scalar_type())));
    }
  }
  for (const auto& [key, tensor] : state) {
    if (!known.contains(key) && !tolerated(key)) unexpected.push_back(key);
  }
  if (!missing.empty() || !misshaped.empty() || !unexpected.empty()) {
    std::string found;
    for (const auto& part : {listed("missing", missing), listed("mis-shaped", misshaped), listed("unexpected", unexpected)}) {
      if (!part.empty()) found += (found.empty() ? "" : "; ") + part;
    }
    throw InputError(source, "keys", "those of the model", found);
  }
  if (options.check_finite) check_finite(state, source);
  for (auto& [key, slot] : slots(module)) {
    const auto found = state.find(key);
    const auto& value = found == state.end() ? slot : found->second;
    slot.set_data(value.is_floating_point() ? value.to(options.device, options.dtype, false, false, layout(value, options))
                                            : value.to(options.device));
    slot.set_requires_grad(false);
  }
  module.eval();
}

StateDict with_current_attention_names(StateDict state) {
  constexpr std::array<std::pair<const char*, const char*>, 4> kNames = {{{".attentions.0.query.", ".attentions.0.to_q."},
                                                                          {".attentions.0.key.", ".attentions.0.to_k."},
                                                                          {".attentions.0.value.", ".attentions.0.to_v."},
                                                                          {".attentions.0.proj_attn.", ".attentions.0.to_out.0."}}};
  StateDict renamed;
  for (auto& [key, tensor] : state) {
    auto name = key;
    for (const auto& [old_name, new_name] : kNames) replace_first(name, old_name, new_name);
    const bool is_projection = name.find(".attentions.0.to_") != std::string::npos && tensor.dim() == 4;
    renamed.emplace(name, is_projection ? tensor.flatten(1) : tensor); // 1×1 convolutions are linear layers
  }
  return renamed;
}

AutoencoderKL load_autoencoder_kl(const fs::path& folder, const LoadOptions& options) {
  const auto vae = vae_folder(folder);
  AutoencoderKL model(AutoencoderKLOptions::read(vae / "config.json"));
  const auto weights = find_weights(vae);
  load_state_dict(*model, with_current_attention_names(read_state_dict(weights)), weights.string(), options);
  return model;
}

UNet2DCondition load_unet_2d_condition(const fs::path& folder, const LoadOptions& options) {
  const auto unet = unet_folder(folder);
  auto model = construct<UNet2DCondition>(UNet2DConditionOptions::read(unet / "config.json"), unet);
  const auto weights = find_weights(unet);
  load_state_dict(*model, read_state_dict(weights), weights.string(), options);
  return model;
}

BertModel load_bert_model(const fs::path& folder, const LoadOptions& options) {
  const JsonFile config(folder / "config.json");
  auto shape = BertOptions::read(config);
  const auto weights = find_weights(folder);
  const auto state = text_encoder_keys(read_state_dict(weights), shape.padding_idx ? "roberta." : "bert.");
  shape.with_pooler = has_part(state, "pooler.");
  shape.with_projection = config.require<std::string>("model_type") == "cxr-bert" && has_part(state, "cls_projection_head.");
  auto model = construct<BertModel>(shape, folder);
  load_state_dict(*model, state, weights.string(), options);
  return model;
}

ClipTextModel load_clip_text_model(const fs::path& folder, const LoadOptions& options) {
  auto shape = ClipTextOptions::read(JsonFile(folder / "config.json"));
  const auto weights = find_weights(folder);
  const auto state = text_encoder_keys(read_state_dict(weights), "text_model.");
  shape.with_projection = has_part(state, "text_projection.");
  auto model = construct<ClipTextModel>(shape, folder);
  load_state_dict(*model, state, weights.string(), options);
  return model;
}

DenseNet load_densenet(const fs::path& folder, const LoadOptions& options) {
  DenseNet model(DenseNetOptions::read(folder / "config.json"));
  const auto weights = find_weights(folder);
  load_state_dict(*model, read_state_dict(weights), weights.string(), options);
  return model;
}

InceptionV3 load_inception_v3(const fs::path& path, const LoadOptions& options) {
  InceptionV3 model;
  const auto weights = find_weights(path);
  load_state_dict(*model, read_state_dict(weights), weights.string(), options);
  return model;
}

InceptionV3 random_inception_v3(std::uint64_t seed, const LoadOptions& options, std::int64_t tap) {
  InceptionV3 model;
  StateDict state;
  std::uint64_t number = 0;
  for (auto& [key, slot] : slots(*model)) {
    auto value = at::zeros(slot.sizes(), slot.options().requires_grad(false));
    if (slot.dim() > 1 && has_part_in(tap, key)) { // He et al. 2015: activations keep their variance through ReLU
      rng::fill_normal({value.mutable_data_ptr<float>(), static_cast<std::size_t>(value.numel())}, seed, rng::Stream::kWeights,
                       number);
      value.mul_(std::sqrt(2.0 * static_cast<double>(slot.size(0)) / static_cast<double>(slot.numel())));
    } else if (key.ends_with("running_var") || key.ends_with("bn.weight")) {
      value.fill_(1);
    }
    state.emplace(key, value);
    ++number;
  }
  load_state_dict(*model, state, "random Inception-V3", options);
  return model;
}

} // namespace cxr
