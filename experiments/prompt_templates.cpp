#include "experiments/prompt_templates.h"

#include "core/error.h"
#include "experiments/text_lines.h"

namespace cxr {
namespace {

constexpr std::string_view kPlace = "{}";

// The first of each set is the paper's own; the others vary the noun, the article and the point of view.
constexpr std::array kObject = {
    "a photo of a {}",
    "a picture of a {}",
    "an image of a {}",
    "a photograph of a {}",
    "a view of a {}",
    "a photo of the {}",
    "a picture of the {}",
    "an image of the {}",
    "a photograph of the {}",
    "a photo of one {}",
    "a sharp photo of a {}",
    "a detailed picture of a {}",
    "a plain image of a {}",
    "a grey photo of a {}",
    "a frontal photo of a {}",
    "a frontal view of the {}",
    "a picture that shows a {}",
    "an image that shows the {}",
    "this is a photo of a {}",
    "this picture is of the {}",
    "a {} as seen in a photo",
    "the {} as a picture shows it",
};

constexpr std::array kStyle = {
    "a photo in the style of a {}",      "a picture in the style of a {}",
    "an image in the style of a {}",     "a photograph in the style of a {}",
    "a photo in the style of {}",        "a picture in the style of {}",
    "an image in the style of {}",       "a photo in the manner of a {}",
    "a picture in the manner of a {}",   "an image made in the manner of {}",
    "a photo that looks like a {}",      "a picture that looks like a {}",
    "an image with the look of a {}",    "a photograph with the look of {}",
    "a grey photo in the style of a {}", "a detailed picture in the style of a {}",
    "a plain image in the style of {}",  "a frontal photo in the style of a {}",
    "this photo has the style of a {}",  "this picture has the style of {}",
};

std::vector<std::string> read_templates(const std::string& path) {
  std::vector<std::string> templates;
  for (auto& line : text_lines(map_file(path), "a template")) {
    if (line.text.find(kPlace) == std::string::npos) {
      throw InputError(path, line.place(), "{}, where the token stands", fmt::format("\"{}\"", line.text));
    }
    templates.push_back(std::move(line.text));
  }
  return templates;
}

} // namespace

std::vector<std::string> prompt_templates(const std::string& name_or_file) {
  if (name_or_file == "object") return {kObject.begin(), kObject.end()};
  if (name_or_file == "style") return {kStyle.begin(), kStyle.end()};
  return read_templates(name_or_file);
}

std::string filled_template(std::string_view prompt_template, std::string_view token) {
  std::string prompt;
  for (;;) {
    const auto place = prompt_template.find(kPlace);
    prompt += prompt_template.substr(0, place);
    if (place == std::string_view::npos) return prompt;
    prompt += token;
    prompt_template.remove_prefix(place + kPlace.size());
  }
}

} // namespace cxr
