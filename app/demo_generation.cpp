#include "app/demo_study.h"

namespace cxr {
namespace {

constexpr const char* kSide = "128"; ///< pixels; what the toy models were made for

/// A prompt, and the real images that it is measured against.
struct PromptStudy {
  const char *key, *name, *prompt, *real_where;
};

// The paper's two prompts (section 3.4).
constexpr std::array<PromptStudy, 2> kPrompts = {
    {{"negative", "without findings", "a photo of a lung xray", "No Finding=1"},
     {"positive", "with pleural effusion", "a photo of a lung xray with visible pleural effusion", "Pleural Effusion=1"}}};

/// Phantoms without a finding and with an effusion alone, in turn.
void prepare_pairs(const DemoSteps& steps, const std::string& what, std::int64_t n, std::uint64_t seed, const std::string& name) {
  steps.run_once(what,
                 {"prep", "phantom", "--balanced", "--finding", "No Finding", "--finding", "Pleural Effusion", "--n",
                  fmt::format("{}", n), "--size", kSide, "--seed", fmt::format("{}", seed)},
                 name);
}

/// Distances and diversity of one prompt's samples.
void measure_prompt(const DemoSteps& steps, const PromptStudy& prompt) {
  const auto samples = steps.path("runs/generate-original");
  const std::vector<std::string> fid = {"fid",   "--real",   steps.path("pairs.h5"), "--real-where", prompt.real_where, "--fake",
                                        samples, "--prompt", prompt.prompt,          "--model"};
  auto inception = fid, xrv = fid;
  inception.emplace_back("random");
  xrv.push_back(steps.model("xrv"));
  steps.run_once(fmt::format("Distances to phantoms {}, by Inception with random weights and by the toy DenseNet", prompt.name),
                 inception, fmt::format("fid-{}.json", prompt.key));
  steps.run_once("", xrv, fmt::format("fid-xrv-{}.json", prompt.key));
  steps.run_once("How much the samples differ from each other, and from ten phantoms that a model could be adapted on",
                 {"diversity", "--images", samples, "--prompt", prompt.prompt, "--training", steps.path("training.h5"),
                  "--classifier", steps.model("xrv")},
                 fmt::format("diversity-{}.json", prompt.key));
}

} // namespace

std::string study_generation(const DemoSteps& steps) {
  const auto& settings = steps.settings();
  const auto samples = steps.path("runs/generate-original");
  prepare_pairs(steps, "Phantoms without findings and with pleural effusion", 2 * settings.samples, settings.seed + 1, "pairs.h5");
  prepare_pairs(steps, "Ten more, as few as a model is to be adapted on", 10, settings.seed + 2, "training.h5");
  steps.run("Sample the toy Stable Diffusion, which has hardly seen a radiograph, for the paper's two prompts",
            {"generate", "--model", settings.models.string(), "--prompt", kPrompts[0].prompt, "--prompt", kPrompts[1].prompt, "--n",
             fmt::format("{}", settings.samples), "--scheduler", "dpmsolver++", "--steps", "20", "--guidance", "4", "--seed",
             fmt::format("{}", settings.seed), "--out", samples});
  steps.run("Classify the samples",
            {"classify", "--classifier", steps.model("xrv"), "--images", samples, "--out", steps.path("runs/classify-generated")});
  for (const auto& prompt : kPrompts) measure_prompt(steps, prompt);
  return fmt::format(R"(
[generation]
finding = "Pleural Effusion"
negative = "{}"
positive = "{}"

[[method]]
name = "Toy Stable Diffusion"
generate = "runs/generate-original"
classify = "runs/classify-generated"
fid = ["fid-negative.json", "fid-positive.json", "fid-xrv-negative.json", "fid-xrv-positive.json"]
diversity = ["diversity-negative.json", "diversity-positive.json"]
)",
                     kPrompts[0].prompt, kPrompts[1].prompt);
}

} // namespace cxr
