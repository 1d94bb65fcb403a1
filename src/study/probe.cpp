#include "study/probe.h"

#include <set>

#include "core/error.h"
#include "study/template_text.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

constexpr int kImagesOfTraining = 20; ///< enough of each finding for five images of each concept
constexpr int kLabels = 14;
const std::set<std::string> kTimed = {"reconstruct", "classify",         "features",        "fid",        "diversity",   "embed",
                                      "generate",    "train projection", "train inversion", "train unet", "prep phantom"};

/// "Pleural Effusion" of "Pleural Effusion=1: a photo".
std::string label_of(const std::string& text) { return text.substr(0, text.find('=')); }

/// The findings that a training asks for; at least two, so that a set has some of each.
std::vector<std::string> findings_of(const CommandWords& words) {
  std::vector<std::string> findings;
  for (const auto* option : {"--concept", "--where"}) {
    for (const auto& text : words.values(option)) {
      if (std::ranges::find(findings, label_of(text)) == findings.end()) findings.push_back(label_of(text));
    }
  }
  for (const auto* usual : {"No Finding", "Pleural Effusion"}) {
    if (findings.size() < 2 && std::ranges::find(findings, usual) == findings.end()) findings.emplace_back(usual);
  }
  return findings;
}

/// Leaves out what only changes which samples are taken, or names another step's result that takes the time of the model's own.
void drop_what_costs_nothing(CommandWords& words) {
  for (const auto* option :
       {"--unet", "--embedding", "--projection", "--real-where", "--held-out", "--impressions", "--validation-prompt", "--seed",
        "--checkpoint-every", "--write-every", "--warmup-steps", "--lr-schedule", "--learning-rate"})
    words.drop(option);
  if (words.command() == "fid" || words.command() == "diversity") words.drop("--prompt");
}

void set_training(CommandWords& words, const ProbeSize& size) {
  words.set("--steps", fmt::format("{}", size.units));
  words.set("--checkpoint-every", fmt::format("{}", size.units));
  words.set("--validate-every", "0");
  if (words.has("--class-prompt") || words.has("--class-count")) {
    words.set("--class-count", "4");
    words.set("--class-steps", "1");
  }
}

} // namespace

ProbeData::ProbeData(fs::path folder, std::function<int(const std::vector<std::string>&)> run)
    : folder_(std::move(folder)), run_(std::move(run)) {}

std::string ProbeData::images(int count, int side, const std::vector<std::string>& findings) {
  std::vector<std::string> command = {
      "prep", "phantom", "--balanced", "--n", fmt::format("{}", count), "--size", fmt::format("{}", side)};
  std::string names;
  for (const auto& finding : findings) {
    command.insert(command.end(), {"--finding", finding});
    names += finding;
  }
  std::erase_if(names, [](unsigned char c) { return !std::isalnum(c); });
  auto file = fmt::format("images-{}-{}-{}.h5", count, side, names);
  command.insert(command.end(), {"--out", file});
  if (!fs::exists(folder_ / file) && run_(command) != kDone) throw std::runtime_error(fmt::format("{}: cannot be made", file));
  return file;
}

std::pair<std::string, int> ProbeData::texts(int count) {
  const int a_class = (count + kLabels - 1) / kLabels;
  const auto file = fmt::format("texts-{}.h5", a_class);
  const std::vector<std::string> command = {"prep",  "phantom", "--reports", "--per-class", fmt::format("{}", a_class),
                                            "--out", file};
  if (!fs::exists(folder_ / file) && run_(command) != kDone) throw std::runtime_error(fmt::format("{}: cannot be made", file));
  return {file, a_class * kLabels};
}

std::string probe_kind(const StudyFile& study, const Step& step) {
  auto words = words_of(step);
  if (!kTimed.contains(words.command())) return "";
  drop_what_costs_nothing(words);
  const auto side = image_side(study, step);
  for (const auto* option :
       {"--images", "--reports", "--prompts", "--real", "--fake", "--training", "--n", "--steps", "--prompt", "--where",
        "--class-count", "--config", "--token", "--initializer", "--templates", "--per-class", "--class-steps"})
    words.drop(option);
  if (words.has("--concept")) words.set("--concept", "some"); // how many pictures it is trained on costs nothing
  return fmt::format("{} at {}", join_words(words.words()), side);
}

std::optional<std::vector<std::string>> probe_command(const StudyFile& study, const Step& step, ProbeSize& size, ProbeData& data) {
  CommandWords words(step.command);
  const auto all = words_of(step); // with those of the --config file
  const auto& command = all.command();
  if (!kTimed.contains(command)) return std::nullopt;
  const auto side = image_side(study, step);
  const auto findings = findings_of(all.has("--concept") || all.has("--where") ? all : words);
  drop_what_costs_nothing(words);
  if (command == "prep phantom") {
    if (words.has("--reports")) {
      size.units = (size.units + kLabels - 1) / kLabels * kLabels;
      words.set("--per-class", fmt::format("{}", size.units / kLabels));
    } else {
      size.units = std::max(size.units, 2);
      words.set("--n", fmt::format("{}", size.units));
    }
  } else if (command == "generate") {
    words.drop("--prompts");
    words.set("--prompt", "a photo of a lung xray");
    words.set("--n", fmt::format("{}", size.units));
    words.set("--steps", fmt::format("{}", size.inner));
  } else if (command.starts_with("train")) {
    set_training(words, size);
    if (command == "train projection") words.set("--prompts", data.texts(kLabels * 20).first);
    if (command != "train projection") words.set("--images", data.images(kImagesOfTraining, side, findings));
  } else if (command == "embed") {
    const auto [file, count] = data.texts(size.units);
    size.units = count;
    words.set("--reports", file);
  } else {
    // Both sets of a distance go through the network.
    const bool is_pair = command == "fid";
    const int count =
        std::max(is_pair ? size.units / 4 * 2 : size.units + size.units % 2, is_pair || command == "diversity" ? 4 : 2);
    size.units = is_pair ? 2 * count : count;
    const auto images = data.images(count, side, findings);
    for (const auto* option : {"--images", "--real", "--fake"}) {
      if (words.has(option)) words.set(option, images);
    }
    if (words.has("--training")) words.set("--training", data.images(kImagesOfTraining, side, findings));
  }
  return words.words();
}

} // namespace cxr::study
