#include "app/demo_study.h"

namespace cxr {
namespace {

/// A toy text encoder, and what it offers to stand for a text.
struct ToyEncoder {
  const char *folder, *name;
  std::vector<const char*> extractions;
};

const std::vector<ToyEncoder>& toy_encoders() {
  static const std::vector<ToyEncoder> encoders = {{"bert", "Toy BERT", {"cls", "mean", "pooler"}},
                                                   {"roberta", "Toy RoBERTa", {"cls", "mean"}},
                                                   {"cxr-bert", "Toy CXR-BERT", {"cls", "mean", "specific"}},
                                                   {"clip", "Toy CLIP", {"cls", "mean", "pooler", "specific"}}};
  return encoders;
}

} // namespace

std::string study_text_encoders(const DemoSteps& steps) {
  const auto reports = steps.path("reports.h5");
  steps.run_once("Impressions of phantoms, 50 for each of the 14 labels",
                 {"prep", "phantom", "--reports", "--seed", fmt::format("{}", steps.settings().seed)}, "reports.h5");
  steps.run("What words alone retrieve",
            {"retrieve", "--bag-of-words", "--reports", reports, "--out", steps.path("runs/retrieve-words"), "--quiet"});
  std::string study;
  for (const auto& encoder : toy_encoders()) {
    study += fmt::format("\n[[encoder]]\nname = \"{}\"\n", encoder.name);
    for (const auto* extraction : encoder.extractions) {
      const auto embed = fmt::format("runs/embed-{}-{}", encoder.folder, extraction),
                 retrieve = fmt::format("runs/retrieve-{}-{}", encoder.folder, extraction);
      steps.run(fmt::format("{}: a vector a report ({}), and what it retrieves", encoder.name, extraction),
                {"embed", "--encoder", steps.model(encoder.folder), "--extraction", extraction, "--reports", reports, "--out",
                 steps.path(embed)});
      steps.run("",
                {"retrieve", "--embeddings", steps.path(embed), "--reports", reports, "--out", steps.path(retrieve), "--quiet"});
      study += fmt::format("{0} = \"{1}\"\nembed_{0} = \"{2}\"\n", extraction, retrieve, embed);
    }
  }
  return study + "\n[bag_of_words]\nretrieve = \"runs/retrieve-words\"\n";
}

} // namespace cxr
