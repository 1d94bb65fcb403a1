#include "app/demo_method.h"

namespace cxr {
namespace {

constexpr const char* kSide = "128"; ///< pixels; what the toy models were made for
/// Of the phantoms to adapt on: whatever the demo's seed, these ten are five of each, with no effusion called uncertain.
constexpr std::uint64_t kTrainingSeed = 1000004;

/// A prompt of the paper (section 3.4), and the real images that it is measured against.
struct DemoPrompt {
  const char *key, *before, *after, *real_where; ///< the subject stands between before and after

  std::string text(const std::string& subject) const { return before + subject + after; }
};

constexpr std::array<DemoPrompt, 3> kPrompts = {
    {{"negative", "a photo of a ", "", "No Finding=1"},
     {"positive", "a photo of a ", " with visible pleural effusion", "Pleural Effusion=1"},
     {"style", "a photo in the style of a ", "", "No Finding=1"}}};

/// The prompts that a method is asked for.
std::span<const DemoPrompt> prompts_of(const DemoMethod& method) { return std::span(kPrompts).first(method.style ? 3 : 2); }

/// Phantoms without a finding and with an effusion alone, in turn.
void prepare_pairs(const DemoSteps& steps, const std::string& what, std::int64_t n, std::uint64_t seed, const std::string& name) {
  steps.run_once(what,
                 {"prep", "phantom", "--balanced", "--finding", "No Finding", "--finding", "Pleural Effusion", "--n",
                  fmt::format("{}", n), "--size", kSide, "--seed", fmt::format("{}", seed)},
                 name);
}

void sample(const DemoSteps& steps, const DemoMethod& method, const std::string& run) {
  const auto& settings = steps.settings();
  std::vector<std::string> command = {"generate", "--model", settings.models.string()};
  command.insert(command.end(), method.generate.begin(), method.generate.end());
  for (const auto& prompt : prompts_of(method)) command.insert(command.end(), {"--prompt", prompt.text(method.subject)});
  command.insert(command.end(), {"--n", fmt::format("{}", settings.samples), "--scheduler", "dpmsolver++", "--steps", "20",
                                 "--guidance", "4", "--seed", fmt::format("{}", settings.seed), "--out", run});
  steps.run(method.name + ": sample the paper's prompts", command);
}

/// Distances and diversity of one prompt's samples.
void measure(const DemoSteps& steps, const DemoMethod& method, const DemoPrompt& prompt, const std::string& run) {
  const auto text = prompt.text(method.subject), key = method.key + "-" + prompt.key;
  const auto fid = [&](const std::string& real, const std::string& model, const std::string& name) {
    steps.run_once(
        "",
        {"fid", "--real", steps.path(real), "--real-where", prompt.real_where, "--fake", run, "--prompt", text, "--model", model},
        fmt::format("{}-{}.json", name, key));
  };
  fid("runs/features-real", "random", "fid");
  fid("pairs.h5", steps.model("xrv"), "fid-xrv");
  steps.run_once(
      "",
      {"diversity", "--images", run, "--prompt", text, "--training", steps.path("training.h5"), "--classifier", steps.model("xrv")},
      fmt::format("diversity-{}.json", key));
}

/// The TOML list of one file a prompt.
std::string files(const DemoMethod& method, const std::vector<std::string>& names) {
  std::vector<std::string> list;
  for (const auto& name : names) {
    for (const auto& prompt : prompts_of(method)) list.push_back(fmt::format("\"{}-{}-{}.json\"", name, method.key, prompt.key));
  }
  return fmt::format("[{}]", fmt::join(list, ", "));
}

} // namespace

void prepare_method_data(const DemoSteps& steps) {
  const auto& settings = steps.settings();
  prepare_pairs(steps, "Phantoms without findings and with pleural effusion", 2 * settings.samples, settings.seed + 1, "pairs.h5");
  prepare_pairs(steps, "Ten others, as few as the models are adapted on", 10, kTrainingSeed, "training.h5");
  steps.run("Features of the former by Inception, with random weights",
            {"features", "--model", "random", "--taps", "64", "192", "768", "2048", "--images", steps.path("pairs.h5"), "--out",
             steps.path("runs/features-real")});
}

std::string study_prompts() {
  std::string section =
      "\n[generation]\nfinding = \"Pleural Effusion\"\n"
      "note = \"The models are toys and the images phantoms: published values stand beside theirs for the order alone.\"\n";
  for (const auto& prompt : kPrompts) section += fmt::format("{} = \"{}\"\n", prompt.key, prompt.text(DemoMethod().subject));
  return section;
}

std::string study_method(const DemoSteps& steps, const DemoMethod& method) {
  const auto samples = "runs/samples-" + method.key, scores = "runs/scores-" + method.key;
  sample(steps, method, steps.path(samples));
  steps.run("Classify and measure them",
            {"classify", "--classifier", steps.model("xrv"), "--images", steps.path(samples), "--out", steps.path(scores)});
  for (const auto& prompt : prompts_of(method)) measure(steps, method, prompt, steps.path(samples));
  auto section = fmt::format("\n[[method]]\nname = \"{}\"\ngenerate = \"{}\"\nclassify = \"{}\"\nfid = {}\ndiversity = {}\n",
                             method.name, samples, scores, files(method, {"fid", "fid-xrv"}), files(method, {"diversity"}));
  if (method.subject == DemoMethod().subject) return section;
  for (const auto& prompt : prompts_of(method)) section += fmt::format("{} = \"{}\"\n", prompt.key, prompt.text(method.subject));
  return section;
}

} // namespace cxr
