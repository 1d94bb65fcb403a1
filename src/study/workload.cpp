#include "study/workload.h"

#include "core/toml_file.h"

namespace cxr::study {
namespace {

constexpr double kLabels = 14; ///< of CheXpert: a text set has so many classes

/// What a command takes where neither the words nor a --config file say (its --help).
constexpr double kImagesOfPrep = 1000, kTextsAClass = 50, kPrompts = 1e6, kSamplingSteps = 50, kProjectionBatch = 100;
constexpr int kSide = 512;

double made_by(const StudyFile& study, const Step& step);

double made_for(const StudyFile& study, const std::optional<std::string>& value) {
  const auto* from = value ? producer(study, *value) : nullptr;
  return from ? made_by(study, *from) : 1;
}

double made_by_prep(const CommandWords& words) {
  if (words.command() == "prep laion") return words.number("--n").value_or(kPrompts);
  if (words.command() == "prep reports" || words.has("--reports")) {
    const bool is_of_images = words.command() == "prep mimic" || words.command() == "prep chexpert";
    if (!is_of_images) return kLabels * words.number("--per-class").value_or(kTextsAClass);
  }
  return words.number("--n").value_or(kImagesOfPrep);
}

/// How many samples a step's result has.
double made_by(const StudyFile& study, const Step& step) {
  const auto words = words_of(step);
  const auto& command = words.command();
  if (command.starts_with("prep")) return made_by_prep(words);
  if (command == "generate")
    return static_cast<double>(std::max<std::size_t>(words.values("--prompt").size(), 1)) * words.number("--n").value_or(1);
  if (command == "retrieve" || command == "embed") return made_for(study, words.value("--reports"));
  return made_for(study, words.value("--images"));
}

/// Images of one prompt, where a command picks them.
double picked(const StudyFile& study, const CommandWords& words, const std::string& option) {
  const auto value = words.value(option);
  const auto made = made_for(study, value);
  const auto* from = value && words.has("--prompt") ? producer(study, *value) : nullptr;
  return from ? made / static_cast<double>(std::max<std::size_t>(words_of(*from).values("--prompt").size(), 1)) : made;
}

/// Those that go through the network: the real ones not, if their features are there.
double images_of_fid(const StudyFile& study, const CommandWords& words) {
  const auto real = words.value("--real");
  const auto* from = real ? producer(study, *real) : nullptr;
  const bool has_features = from && from->command[0] == "features";
  return picked(study, words, "--fake") + (has_features ? 0 : made_for(study, real));
}

} // namespace

CommandWords words_of(const Step& step) {
  CommandWords words(step.command);
  const auto config = words.value("--config");
  if (!config || !std::filesystem::exists(*config)) return words;
  for (const auto& [key, node] : configuration_table(*config)) {
    const auto option = "--" + std::string(key.str());
    if (!words.has(option) && !node.is_array()) words.set(option, toml_scalar(node));
  }
  return words;
}

const Step* producer(const StudyFile& study, const std::string& value) {
  const auto is_it = [&](const Step& step) { return value == step.out || value.starts_with(step.out + "/"); };
  const auto found = std::ranges::find_if(study.steps, is_it);
  return found == study.steps.end() ? nullptr : &*found;
}

int image_side(const StudyFile& study, const Step& step) {
  const auto words = words_of(step);
  if (const auto side = words.number("--size"); side && words.command().starts_with("prep")) return static_cast<int>(*side);
  if (const auto side = words.number("--max-side")) return static_cast<int>(*side);
  for (const auto* option : {"--images", "--fake", "--real"}) {
    const auto value = words.value(option);
    if (const auto* from = value ? producer(study, *value) : nullptr) return image_side(study, *from);
  }
  return kSide;
}

Workload workload(const StudyFile& study, const Step& step) {
  const auto words = words_of(step);
  const auto& command = words.command();
  if (command.starts_with("train")) {
    const auto batch = words.number("--batch-size").value_or(command == "train projection" ? kProjectionBatch : 1);
    return {.units = words.number("--steps").value_or(1), .unit = "steps", .inner = 1, .most_ranks = batch};
  }
  if (command == "generate") {
    const auto images = made_by(study, step);
    return {.units = images, .unit = "images", .inner = words.number("--steps").value_or(kSamplingSteps), .most_ranks = images};
  }
  if (command == "fid") return {.units = images_of_fid(study, words), .unit = "images", .inner = 1, .most_ranks = 0};
  if (command == "diversity") return {.units = picked(study, words, "--images"), .unit = "images", .inner = 1, .most_ranks = 0};
  if (command == "reconstruct" || command == "classify" || command == "features")
    return {.units = made_for(study, words.value("--images")), .unit = "images", .inner = 1, .most_ranks = 0};
  if (command == "embed" || command == "retrieve")
    return {.units = made_for(study, words.value("--reports")), .unit = "texts", .inner = 1, .most_ranks = 0};
  if (command == "prep phantom")
    return {.units = made_by(study, step), .unit = words.has("--reports") ? "texts" : "images", .inner = 1, .most_ranks = 1};
  return {};
}

} // namespace cxr::study
