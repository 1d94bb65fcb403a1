/// @file
/// Runs one model on given inputs and writes what it returns: the C++ half of scripts/parity_full_size.py.
///
///     cxr_dump_models --vae FOLDER --input in.safetensors --output out.safetensors      sample → moments, decoded (of the mean)
///     cxr_dump_models --densenet FOLDER …                                               images → features, logits
///     cxr_dump_models --inception FILE …                                                images → features_64 … features_2048
#include <cstdio>

#include <CLI/CLI.hpp>

#include "core/error.h"
#include "core/memory.h"
#include "io/safetensors.h"
#include "models/autoencoder_kl.h"
#include "models/densenet.h"
#include "models/inception_v3.h"
#include "models/pretrained.h"

namespace cxr {
namespace {

StateDict run_vae(const std::string& folder, const StateDict& inputs) {
  auto vae = load_autoencoder_kl(folder);
  const auto moments = vae->encode(inputs.at("sample"));
  return {{"moments", moments}, {"decoded", vae->decode(DiagonalGaussian(moments).mean)}};
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

} // namespace
} // namespace cxr

int main(int argc, char** argv) try {
  cxr::keep_freed_memory();
  CLI::App app("Runs one model on given inputs and writes what it returns");
  std::string vae, densenet, inception, input, output;
  auto* models = app.add_option_group("model")->require_option(1);
  models->add_option("--vae", vae, "Stable Diffusion or vae folder");
  models->add_option("--densenet", densenet, "classifier folder");
  models->add_option("--inception", inception, "Inception checkpoint");
  app.add_option("--input", input, "safetensors")->required();
  app.add_option("--output", output, "safetensors")->required();
  CLI11_PARSE(app, argc, argv);

  const c10::InferenceMode no_autograd;
  const auto inputs = cxr::read_safetensors(input);
  cxr::write_safetensors(output, !vae.empty()        ? cxr::run_vae(vae, inputs)
                                 : !densenet.empty() ? cxr::run_densenet(densenet, inputs)
                                                     : cxr::run_inception(inception, inputs));
  return cxr::kDone;
} catch (const std::exception& error) {
  fmt::print(stderr, "cxr_dump_models: {}\n", error.what());
  return cxr::kFailed;
}
