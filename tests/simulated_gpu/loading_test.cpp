// Whatever a module holds is on its device once it is loaded, whether the weights have it or not.
#include <fstream>

#include <gmock/gmock.h>

#include "io/json.h"
#include "io/safetensors.h"
#include "models/autoencoder_kl.h"
#include "models/bert_model.h"
#include "models/clip_text_model.h"
#include "models/densenet.h"
#include "models/inception_v3.h"
#include "models/pretrained.h"
#include "models/unet_2d_condition.h"
#include "run/device.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

const fs::path kToys = fs::path(CXR_SOURCE_DIR) / "models/toy";

void expect_on(at::Device device, torch::nn::Module& module, const std::string& what) {
  for (const auto& item : module.named_parameters()) EXPECT_EQ(item.value().device(), device) << what << ": " << item.key();
  for (const auto& item : module.named_buffers()) EXPECT_EQ(item.value().device(), device) << what << ": " << item.key();
}

TEST(Loading, PutsEverythingOnTheDevice) {
  const auto gpu = open_device("cuda", 1);
  for (const auto dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    const LoadOptions load{.dtype = dtype, .device = gpu};
    expect_on(gpu, *load_autoencoder_kl(kToys, load), "VAE");
    expect_on(gpu, *load_unet_2d_condition(kToys, load), "U-Net");
    expect_on(gpu, *load_clip_text_model(kToys / "text_encoder", load), "CLIP");
    for (const char* name : {"bert", "cxr-bert", "roberta"}) expect_on(gpu, *load_bert_model(kToys / name, load), name);
    expect_on(gpu, *load_densenet(kToys / "xrv", load), "DenseNet");
    expect_on(gpu, *random_inception_v3(1, load), "Inception");
  }
}

/// The toy classifier with its thresholds where published conversions have them: in the configuration or in the weights.
fs::path classifier(const fs::path& folder, bool in_weights) {
  fs::create_directories(folder);
  auto config = JsonFile(kToys / "xrv/config.json").root();
  auto weights = read_safetensors(kToys / "xrv/model.safetensors");
  std::vector<float> thresholds;
  for (std::size_t i = 0; i < config["pathologies"].size(); ++i) thresholds.push_back(0.1F + 0.02F * static_cast<float>(i));
  config.erase("op_threshs"), weights.erase("op_threshs");
  if (in_weights) {
    weights["op_threshs"] = at::tensor(thresholds);
  } else {
    config["op_threshs"] = thresholds;
  }
  std::ofstream(folder / "config.json") << config.dump();
  write_safetensors(folder / "model.safetensors", weights);
  return folder;
}

TEST(Loading, ThresholdsOfTheConfigurationCalibrateAsThoseOfTheWeights) {
  const test::TemporaryFolder folder;
  const auto gpu = open_device("cuda", 0);
  for (const bool in_weights : {true, false}) {
    auto model = load_densenet(classifier(folder / (in_weights ? "weights" : "config"), in_weights), {.device = gpu});
    expect_on(gpu, *model, "DenseNet");
    const auto scores = at::full({2, model->options().num_classes}, 0.3);
    EXPECT_TRUE(model->calibrate(scores).is_cpu());
    EXPECT_TRUE(at::equal(model->calibrate(scores.to(gpu)).to(at::kCPU), model->calibrate(scores)));
  }
}

} // namespace
} // namespace cxr
