#include "experiments/formula_folders.h"

#include <fstream>

#include "io/json.h"
#include "io/safetensors.h"
#include "models/bert_model.h"
#include "models/clip_text_model.h"
#include "models/textual_projection.h"
#include "models/unet_2d_condition.h"
#include "support/weight_formula.h"

namespace cxr::test {
namespace {

namespace fs = std::filesystem;

const fs::path kFixtures = CXR_FIXTURES;

StateDict formula_state(const torch::nn::Module& module) {
  StateDict state;
  for (const auto& item : module.named_parameters()) state.emplace(item.key(), formula_tensor(item.key(), item.value().sizes()));
  return state;
}

void write_text(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

template <typename Model, typename Options>
void make_encoder(const fs::path& folder, const fs::path& config, const Options& options) {
  fs::create_directories(folder);
  fs::copy_file(config, folder / "config.json");
  write_formula_weights(*Model(options), folder / "model.safetensors");
}

} // namespace

void write_formula_weights(const torch::nn::Module& module, const fs::path& file) {
  write_safetensors(file, formula_state(module));
}

void make_formula_clip(const fs::path& folder) {
  const auto config = kFixtures / "conditions/clip/config.json";
  make_encoder<ClipTextModel>(folder / "text_encoder", config, ClipTextOptions::read(JsonFile(config)));
  fs::create_directory_symlink(kFixtures / "tokenizers/clip", folder / "tokenizer");
}

void make_formula_bert(const fs::path& folder) {
  const auto config = kFixtures / "conditions/bert/config.json";
  auto options = BertOptions::read(JsonFile(config));
  options.with_pooler = true;
  make_encoder<BertModel>(folder, config, options);
  fs::create_directory_symlink(kFixtures / "tokenizers/bert_cased", folder / "tokenizer");
}

void make_formula_diffusion(const fs::path& folder) {
  make_formula_clip(folder);
  fs::create_directory_symlink(kFixtures / "models/vae_sd1_fp16", folder / "vae");
  fs::create_directory(folder / "unet");
  auto config = JsonFile(kFixtures / "unets/sd/unet/config.json").root();
  config["cross_attention_dim"] = 8;
  write_text(folder / "unet/config.json", config.dump());
  write_formula_weights(*UNet2DCondition(UNet2DConditionOptions::read(folder / "unet/config.json")),
                        folder / "unet/diffusion_pytorch_model.safetensors");
  fs::create_directory(folder / "scheduler");
  write_text(folder / "scheduler/scheduler_config.json",
             R"({"_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
                 "num_train_timesteps": 1000, "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1})");
}

void make_formula_projection(const fs::path& file, std::int64_t in, const std::string& extraction, std::int64_t out) {
  std::map<std::string, std::string> metadata{{"format", "pt"}, {"level", extraction.empty() ? "token" : "document"}};
  if (!extraction.empty()) metadata["extraction"] = extraction;
  const TextualProjection module(TextualProjectionOptions{.in_width = in, .hidden_width = 12, .out_width = out});
  write_safetensors(file, formula_state(*module), metadata);
}

} // namespace cxr::test
