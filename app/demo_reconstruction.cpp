#include "app/demo_study.h"

namespace cxr {

std::string study_reconstruction(const DemoSteps& steps) {
  const auto& settings = steps.settings();
  const auto images = steps.path("phantoms.h5"), reconstructions = steps.path("runs/reconstruct");
  steps.run_once("Phantoms: procedural radiographs with findings drawn in",
                 {"prep", "phantom", "--n", fmt::format("{}", settings.images), "--size", fmt::format("{}", settings.size),
                  "--seed", fmt::format("{}", settings.seed)},
                 "phantoms.h5");
  steps.run("Encode and decode each with the toy autoencoder",
            {"reconstruct", "--model", settings.models.string(), "--images", images, "--out", reconstructions});
  steps.run("Classify the originals",
            {"classify", "--classifier", steps.model("xrv"), "--images", images, "--out", steps.path("runs/classify-original")});
  steps.run("Classify the reconstructions", {"classify", "--classifier", steps.model("xrv"), "--images", reconstructions, "--out",
                                             steps.path("runs/classify-reconstruction")});
  steps.run_once("Fréchet distances, on an Inception network with random weights",
                 {"fid", "--real", images, "--fake", reconstructions, "--model", "random"}, "fid.json");
  return R"([[arm]]
dataset = "phantom"
name = "Phantoms"
images = "phantoms.h5"
reconstruct = "runs/reconstruct"
classify_original = "runs/classify-original"
classify_reconstruction = "runs/classify-reconstruction"
fid = "fid.json"
)";
}

} // namespace cxr
