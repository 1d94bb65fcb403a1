#include "app/demo_adaptation.h"

namespace cxr {
namespace {

using Arguments = std::vector<std::string>;

Arguments joined(Arguments first, const Arguments& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Steps, batches and learning rates are the smallest that let the toy learn what there is to learn (models/toy/README.md).

/// Options of a training that falls to 0 in so many steps.
Arguments laid_out(const DemoSteps& steps, double count, int batch_size, const char* learning_rate) {
  const auto scaled = std::max<std::int64_t>(std::llround(count * steps.settings().training), 1);
  return {"--steps",
          fmt::format("{}", scaled),
          "--batch-size",
          fmt::format("{}", batch_size),
          "--learning-rate",
          learning_rate,
          "--lr-schedule",
          "cosine",
          "--warmup-steps",
          fmt::format("{}", scaled / 20),
          "--checkpoint-every",
          fmt::format("{}", scaled)};
}

// Section 2.5: CXR-BERT in CLIP's place, by itself or through a projection of its vectors that is trained on captions of pictures.
void add_projections(std::vector<DemoAdaptation>& list, const DemoSteps& steps) {
  const auto encoder = steps.model("cxr-bert");
  steps.run_once("Captions of pictures, a toy LAION", {"prep", "reports", "--text", steps.model("prompts.txt")}, "prompts.h5");
  list.push_back(
      {.method = {.key = "no-projection", .name = "CXR-BERT-specialized, no projection", .generate = {"--encoder", encoder}},
       .what = {},
       .training = {}});
  for (const std::string level : {"document", "token"}) {
    const auto run = steps.path("runs/train-projection-" + level);
    list.push_back(
        {.method = {.key = "projection-" + level,
                    .name = fmt::format("CXR-BERT-specialized, {}-level projection", level),
                    .generate = {"--encoder", encoder, "--projection", run + "/projection.safetensors"}},
         .what = fmt::format("Train a {}-level projection from the toy CXR-BERT to the toy CLIP", level),
         .training = joined({"train", "projection", "--encoder", encoder, "--clip", steps.settings().models.string(), "--prompts",
                             steps.path("prompts.h5"), "--level", level, "--dtype", "float32", "--out", run},
                            laid_out(steps, 300, 50, "1e-3"))});
  }
}

// Section 2.6: a new token for what the images show, its prompts of an object or of a style, from one word or the other.
void add_inversions(std::vector<DemoAdaptation>& list, const DemoSteps& steps) {
  constexpr const char* kToken = "<lung-xray>";
  const std::array words = {std::pair("radiology", "radiograph"), std::pair("lung", "lung")}; // the toy CLIP has no radiology
  for (const std::string templates : {"object", "style"}) {
    for (const auto& [name, word] : words) {
      const auto key = fmt::format("inversion-{}-{}", templates, name), run = steps.path("runs/train-" + key);
      list.push_back(
          {.method = {.key = key,
                      .name = fmt::format("Token embedding, {}, {}", templates, name),
                      .generate = {"--embedding", run + "/learned_embeds.safetensors"},
                      .subject = kToken,
                      .style = true},
           .what = fmt::format("Train a token from the word \"{}\", as {}", word, templates == "object" ? "an object" : "a style"),
           .training =
               joined({"train", "inversion", "--model", steps.settings().models.string(), "--images", steps.path("training.h5"),
                       "--where", "No Finding=1", "--token", kToken, "--initializer", word, "--templates", templates, "--out", run},
                      laid_out(steps, 100, kDemoBatchSize, "5e-3"))});
    }
  }
}

// Section 2.7: the U-Net on five images of each concept, for the third arm beside images that it drew before.
void add_unets(std::vector<DemoAdaptation>& list, const DemoSteps& steps) {
  const Arguments healthy = {"--concept", "No Finding=1: a photo of a lung xray"},
                  both = joined(healthy, {"--concept", "Pleural Effusion=1: a photo of a lung xray with visible pleural effusion"}),
                  with_prior = joined(both, {"--prior-weight", "1", "--class-prompt", "a photo of an xray", "--class-count", "20",
                                             "--class-steps", "20"});
  const auto add = [&](const std::string& key, const std::string& name, const std::string& what, const Arguments& concepts) {
    const auto run = steps.path("runs/train-" + key);
    const Arguments command = {
        "train", "unet",  "--model", steps.settings().models.string(), "--images", steps.path("training.h5"), "--per-concept",
        "5",     "--out", run};
    list.push_back({.method = {.key = key, .name = "U-Net, " + name, .generate = {"--unet", run + "/unet"}},
                    .what = "Train the U-Net on " + what,
                    .training = joined(joined(command, concepts), laid_out(steps, 400, kDemoBatchSize, "1.5e-3"))});
  };
  add("unet-healthy", "no findings", "five phantoms without findings", healthy);
  add("unet-both", "no findings and abnormality", "these and five with pleural effusion", both);
  add("unet-prior", "no findings and abnormality with prior", "these, and pictures that it drew before", with_prior);
}

} // namespace

std::vector<DemoAdaptation> adaptations(const DemoSteps& steps) {
  std::vector<DemoAdaptation> list;
  add_projections(list, steps);
  add_inversions(list, steps);
  add_unets(list, steps);
  return list;
}

} // namespace cxr
