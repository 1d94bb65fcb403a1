/// @file
/// Runs one model on given inputs and writes what it returns: the C++ half of scripts/parity_full_size.py and of
/// scripts/parity_text_encoders.py.
///
///     cxr_dump_models --vae FOLDER --input in.safetensors --output out.safetensors      sample → moments, decoded (of the mean)
///     cxr_dump_models --unet FOLDER [--dtype bfloat16] …                                sample, timesteps, condition → output
///     cxr_dump_models --densenet FOLDER …                                               images → features, logits
///     cxr_dump_models --inception FILE …                                                images → features_64 … features_2048
///     cxr_dump_models --text-encoder FOLDER [--dtype bfloat16] …                        ids, mask → hidden_states, the extractions
#include <cstdio>

#include <CLI/CLI.hpp>

#include "core/error.h"
#include "core/memory.h"
#include "io/safetensors.h"
#include "models/autoencoder_kl.h"
#include "models/densenet.h"
#include "models/inception_v3.h"
#include "models/pretrained.h"
#include "models/text_encoder.h"
#include "models/unet_2d_condition.h"
#include "nn/large_blocks.h"

namespace cxr {
namespace {

StateDict run_vae(const std::string& folder, const StateDict& inputs) {
  auto vae = load_autoencoder_kl(folder);
  const auto moments = vae->encode(inputs.at("sample"));
  return {{"moments", moments}, {"decoded", vae->decode(DiagonalGaussian(moments).mean)}};
}

at::ScalarType type_of(const std::string& dtype) { return dtype == "bfloat16" ? at::kBFloat16 : at::kFloat; }

StateDict run_unet(const std::string& folder, const std::string& dtype, const StateDict& inputs) {
  const auto type = type_of(dtype);
  auto unet = load_unet_2d_condition(folder, {.dtype = type});
  const auto output = unet(inputs.at("sample").to(type), inputs.at("timesteps"), inputs.at("condition").to(type));
  return {{"output", output.to(at::kFloat)}};
}

StateDict run_densenet(const std::string& folder, const StateDict& inputs) {
  auto model = load_densenet(folder);
  const auto features = model.ptr()->features(inputs.at("images"));
  return {{"features", features}, {"logits", model.ptr()->logits(features)}};
}

StateDict run_inception(const std::string& file, const StateDict& inputs) {
  StateDict outputs;
  auto model = load_inception_v3(file);
  for (auto& [tap, features] : model->features(inputs.at("images"), {kInceptionTaps.begin(), kInceptionTaps.end()})) {
    outputs.emplace(fmt::format("features_{}", tap), features);
  }
  return outputs;
}

StateDict run_text_encoder(const std::string& folder, const std::string& dtype, const StateDict& inputs) {
  const auto encoder = load_text_encoder(folder, {.dtype = type_of(dtype)});
  const auto &ids = inputs.at("ids"), &mask = inputs.at("mask");
  const auto states = encoder->hidden_states(ids, mask);
  StateDict outputs = {{"hidden_states", states.to(at::kFloat)}};
  for (const char* name : {"cls", "mean", "pooler", "specific"}) {
    const auto extraction = parse_extraction(name);
    if (encoder->offers(extraction)) outputs.emplace(name, encoder->extract(extraction, states, ids, mask));
  }
  return outputs;
}

} // namespace
} // namespace cxr

int main(int argc, char** argv) try {
  cxr::keep_freed_memory();
  cxr::nn::keep_tensor_memory();
  CLI::App app("Runs one model on given inputs and writes what it returns");
  std::string vae, unet, densenet, inception, text_encoder, dtype, input, output;
  auto* models = app.add_option_group("model")->require_option(1);
  models->add_option("--vae", vae, "Stable Diffusion or vae folder");
  models->add_option("--unet", unet, "Stable Diffusion or unet folder");
  models->add_option("--densenet", densenet, "classifier folder");
  models->add_option("--inception", inception, "Inception checkpoint");
  models->add_option("--text-encoder", text_encoder, "text encoder folder");
  app.add_option("--dtype", dtype, "of a U-Net or text encoder: float32 or bfloat16")->default_str("float32");
  app.add_option("--input", input, "safetensors")->required();
  app.add_option("--output", output, "safetensors")->required();
  CLI11_PARSE(app, argc, argv);

  const c10::InferenceMode no_autograd;
  const auto inputs = cxr::read_safetensors(input);
  cxr::write_safetensors(output, !vae.empty()         ? cxr::run_vae(vae, inputs)
                                 : !unet.empty()      ? cxr::run_unet(unet, dtype, inputs)
                                 : !densenet.empty()  ? cxr::run_densenet(densenet, inputs)
                                 : !inception.empty() ? cxr::run_inception(inception, inputs)
                                                      : cxr::run_text_encoder(text_encoder, dtype, inputs));
  return cxr::kDone;
} catch (const std::exception& error) {
  fmt::print(stderr, "cxr_dump_models: {}\n", error.what());
  return cxr::kFailed;
}
