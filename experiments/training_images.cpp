#include "experiments/training_images.h"

#include <set>

#include "core/error.h"
#include "data/image_set.h"
#include "data/set_parts.h"

namespace cxr {
namespace {

constexpr const char* kConcept = "--concept";

struct Concept {
  std::string label, prompt; ///< "Pleural Effusion=1", "a photo of a lung xray with visible pleural effusion"
};

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

Concept parse_concept(const std::string& text) {
  const auto colon = text.find(':');
  const Concept parsed{trimmed(text.substr(0, colon)), colon == std::string::npos ? "" : trimmed(text.substr(colon + 1))};
  if (parsed.label.empty() || parsed.prompt.empty()) {
    throw InputError(kConcept, "", "\"LABEL=VALUE: PROMPT\", \"Pleural Effusion=1: a photo of a lung xray with pleural effusion\"",
                     fmt::format("\"{}\"", text));
  }
  return parsed;
}

/// The concept's images that are not another's already, in the set's order, as many as are asked for.
Rows rows_of(const Concept& wanted, const TrainingImagesOptions& options, std::set<std::int64_t>& taken) {
  Rows rows;
  for (const auto row : rows_with_label(options.images, wanted.label, kConcept)) {
    if (options.per_concept > 0 && std::ssize(rows) == options.per_concept) break;
    if (taken.insert(row).second) rows.push_back(row);
  }
  if (std::ssize(rows) < std::max<std::int64_t>(options.per_concept, 1)) {
    throw InputError(options.images.string(), wanted.label,
                     fmt::format("{} images with it that no earlier concept has (--per-concept)",
                                 std::max<std::int64_t>(options.per_concept, 1)),
                     fmt::format("{}", rows.size()));
  }
  return rows;
}

/// Each image's own text. @param name "impressions" or "prompts"
std::vector<std::string> read_captions(const ImageSet& images, const std::string& name) {
  const auto file = hdf5::File::open(set_file(images.path(), "an image set"));
  if (!file.has(name)) throw InputError(file.path().string(), name, "the text of each image, for --captions", "no such dataset");
  auto captions = file.read_strings(name);
  check_rows(file, name, std::ssize(captions), images.size());
  for (std::size_t i = 0; i < captions.size(); ++i) {
    if (is_blank(captions[i])) {
      throw InputError(file.path().string(), fmt::format("{} of image {}", name, images.info().ids[i]), "a caption", "none");
    }
  }
  return captions;
}

} // namespace

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

void add_training_images_options(CLI::App& app, TrainingImagesOptions& options) {
  app.add_option("--images", options.images, "image set (HDF5), or a run that is one")->required();
  app.add_option("--concept", options.concepts,
                 "\"LABEL=VALUE: PROMPT\": the images with that label, and the prompt that they are trained with; several times");
  app.add_option("--per-concept", options.per_concept, "the first so many images of each concept; 0: all")
      ->check(CLI::Range(0, 1 << 24))
      ->capture_default_str();
  app.add_option("--captions", options.captions, "in place of concepts: each image's own text, impressions or prompts")
      ->check(CLI::IsMember({"impressions", "prompts"}));
}

TrainingImages read_training_images(const TrainingImagesOptions& options) {
  if (options.concepts.empty() == options.captions.empty()) {
    throw InputError(kConcept, "", "--concept \"LABEL=VALUE: PROMPT\" or --captions impressions|prompts",
                     options.captions.empty() ? "neither" : "both");
  }
  const ImageSet images(options.images);
  TrainingImages training;
  if (!options.captions.empty()) {
    training = {all_rows(images.size()), read_captions(images, options.captions), images.info().ids};
    return training;
  }
  std::set<std::int64_t> taken;
  for (const auto& text : options.concepts) {
    const auto wanted = parse_concept(text);
    for (const auto row : rows_of(wanted, options, taken)) {
      training.rows.push_back(row);
      training.captions.push_back(wanted.prompt);
      training.ids.push_back(images.info().ids[static_cast<std::size_t>(row)]);
    }
  }
  return training;
}

} // namespace cxr
