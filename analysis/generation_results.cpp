#include "analysis/generation_results.h"

#include <set>

#include "analysis/run_results.h"
#include "core/error.h"
#include "data/image_set.h"
#include "data/set_parts.h"
#include "io/hdf5.h"

namespace cxr {
namespace {

constexpr std::size_t kListed = 8; // a run may hold thousands of prompts

std::string quoted_list(const std::set<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const auto& text : texts) {
    if (quoted.size() < kListed) quoted.push_back(fmt::format("\"{}\"", text));
  }
  return fmt::format("{}{}", fmt::join(quoted, ", "),
                     texts.size() > kListed ? fmt::format(" and {} more", texts.size() - kListed) : "");
}

/// The samples of each prompt of the study.
std::vector<PromptResults> read_samples(const hdf5::File& run, const Generation& generation, std::int64_t samples) {
  if (!run.has("prompts"))
    throw InputError(run.path().string(), "prompts", "the prompt of each sample, as cxr generate writes", "no such dataset");
  const auto texts = run.read_strings("prompts");
  check_rows(run, "prompts", std::ssize(texts), samples);
  std::vector<PromptResults> prompts(generation.prompts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (const auto p = generation.find(texts[i])) prompts[*p].samples.push_back(static_cast<std::int64_t>(i));
  }
  for (const auto p : {kNegativePrompt, kPositivePrompt}) {
    if (!prompts[p].samples.empty()) continue;
    const auto& prompt = generation.prompts[p];
    throw InputError(run.path().string(), "prompts", fmt::format("\"{}\", the {} prompt of study.toml", prompt.text, prompt.key),
                     quoted_list({texts.begin(), texts.end()}));
  }
  return prompts;
}

/// Puts a measurement to its prompt.
template <typename Result>
void place(Result result, std::optional<Result> PromptResults::*where, std::vector<PromptResults>& prompts,
           const Generation& generation) {
  const auto text = result.prompt();
  const auto p = generation.find(text);
  if (!p) {
    std::set<std::string> texts;
    for (const auto& prompt : generation.prompts) texts.insert(prompt.text);
    throw InputError(result.path().string(), "prompt", fmt::format("one of study.toml: {}", quoted_list(texts)),
                     quoted_list({text}));
  }
  auto& of_prompt = prompts[*p].*where;
  if (of_prompt)
    throw InputError(result.path().string(), "prompt", fmt::format("another than that of {}", of_prompt->path().string()), text);
  of_prompt = std::move(result);
}

MethodResults read_method(const Method& method, const Generation& generation) {
  const auto run = open_results(method.generate);
  const auto ids = run.read_strings("ids");
  const auto asked = generation.asked_of(method);
  auto prompts = read_samples(run, asked, std::ssize(ids));
  const ImageSet images(method.generate);
  MethodResults results{
      .name = method.name, .asked = asked, .generate = method.generate, .prompts = std::move(prompts), .scores = {}};
  for (const auto& path : method.fid) {
    FidResult fid(path);
    fid.require_of(images);
    const auto where = fid.is_xrv() ? &PromptResults::densenet : &PromptResults::inception;
    place(std::move(fid), where, results.prompts, asked);
  }
  for (const auto& path : method.diversity) {
    DiversityResult diversity(path);
    diversity.require_of(images);
    place(std::move(diversity), &PromptResults::diversity, results.prompts, asked);
  }
  if (!method.classify.empty()) results.scores = read_classifier_scores(method.classify, images, ids, method.generate.string());
  return results;
}

} // namespace

bool GenerationResults::has_random_inception() const {
  const auto is_random = [](const PromptResults& prompt) { return prompt.inception && prompt.inception->has_random_weights(); };
  return std::any_of(methods.begin(), methods.end(), [&](const MethodResults& method) {
    return std::any_of(method.prompts.begin(), method.prompts.end(), is_random);
  });
}

std::vector<std::string> GenerationResults::notes() const {
  std::vector<std::string> notes;
  if (!generation.note.empty()) notes.push_back(generation.note);
  std::map<std::string, std::vector<std::string>> methods_by_words;
  for (const auto& method : methods) {
    std::vector<std::string> words;
    for (std::size_t p = 0; p < method.prompts.size(); ++p) {
      const auto& text = method.asked.prompts[p].text;
      if (text != generation.prompts[p].text && !method.prompts[p].samples.empty()) words.push_back(fmt::format("\"{}\"", text));
    }
    if (!words.empty()) methods_by_words[fmt::format("{}", fmt::join(words, ", "))].push_back(method.name);
  }
  for (const auto& [words, names] : methods_by_words)
    notes.push_back(fmt::format("Prompts in a method's own words: {} ({}).", words, fmt::join(names, "; ")));
  return notes;
}

std::vector<std::int64_t> GenerationResults::inception_taps() const {
  std::set<std::int64_t> taps;
  for (const auto& method : methods) {
    for (const auto& prompt : method.prompts) {
      for (const auto tap : prompt.inception ? prompt.inception->taps() : std::vector<std::int64_t>()) taps.insert(tap);
    }
  }
  return {taps.begin(), taps.end()};
}

GenerationResults read_generation(const Study& study) {
  GenerationResults results{.generation = study.generation, .methods = {}};
  for (const auto& method : study.methods) results.methods.push_back(read_method(method, study.generation));
  return results;
}

} // namespace cxr
