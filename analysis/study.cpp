#include "analysis/study.h"

#include <set>

#include "analysis/findings.h"
#include "analysis/toml_section.h"
#include "core/error.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string> kDatasetNames = {
    {"mimic", "MIMIC-CXR"}, {"chexpert", "CheXpert"}, {"phantom", "Phantoms"}};
const std::vector<std::string> kArmKeys = {
    "dataset", "name", "images", "reconstruct", "classify_original", "classify_reconstruction", "fid"};
const std::vector<std::string> kEncoderKeys = {"name",      "cls",        "mean",         "pooler",        "specific",
                                               "embed_cls", "embed_mean", "embed_pooler", "embed_specific"};
constexpr std::array kPromptKeys = {"negative", "positive", "style"};
const std::vector<std::string> kMethodKeys = {"name", "generate", "classify", "fid", "diversity", "negative", "positive", "style"};
const std::vector<std::string> kTopKeys = {"study", "arm", "encoder", "bag_of_words", "generation", "method"};

Arm read_arm(const TomlSection& section) {
  Arm arm;
  arm.dataset = section.text("dataset");
  const auto known = kDatasetNames.find(arm.dataset);
  if (known == kDatasetNames.end()) section.refuse("dataset", "mimic, chexpert or phantom", arm.dataset);
  arm.name = section.text_or("name", known->second);
  arm.images = section.path("images");
  arm.reconstruct = section.path("reconstruct");
  arm.classify_original = section.path("classify_original");
  arm.classify_reconstruction = section.path("classify_reconstruction");
  if (!section.text_or("fid", "").empty()) arm.fid = section.path("fid");
  return arm;
}

Encoder read_encoder(const TomlSection& section) {
  Encoder encoder;
  encoder.name = section.text("name");
  bool has_runs = false;
  for (std::size_t e = 0; e < kExtractions.size(); ++e) {
    encoder.runs[e] = {section.path_if_given(kExtractions[e]), section.path_if_given(fmt::format("embed_{}", kExtractions[e]))};
    has_runs |= !encoder.runs[e].retrieve.empty();
  }
  if (!has_runs) section.refuse("cls, mean, pooler or specific", "at least one run of cxr retrieve", "none");
  return encoder;
}

/// The tables of `[[key]]`, each as `read` makes of it, with names of their own.
template <typename Item>
std::vector<Item> read_all(const fs::path& file, const toml::table& root, const std::string& key,
                           const std::vector<std::string>& keys, Item (*read)(const TomlSection&)) {
  std::vector<Item> items;
  if (!root.contains(key)) return items;
  const auto* list = root.get_as<toml::array>(key);
  if (!list || list->empty())
    throw InputError(file.string(), key, fmt::format("[[{}]]", key), list ? "none" : toml_type(*root.get(key)));
  std::set<std::string> names;
  for (const auto& node : *list) {
    const auto place = fmt::format("{} {}", key, items.size() + 1);
    const auto* table = node.as_table();
    if (!table) throw InputError(file.string(), place, "a table", toml_type(node));
    const TomlSection section(file, place, *table, keys);
    items.push_back(read(section));
    if (const auto& name = items.back().name; !names.insert(name).second) section.refuse("name", "a name of its own", name);
  }
  return items;
}

/// `[key]`, nullptr if there is none.
const toml::table* find_table(const fs::path& file, const toml::table& root, const std::string& key) {
  const auto* node = root.get(key);
  if (node && !node->is_table()) throw InputError(file.string(), key, "a table", toml_type(*node));
  return node ? node->as_table() : nullptr;
}

/// What `[study]` says of all of it.
void read_about(const fs::path& file, const toml::table& root, Study& study) {
  const auto* table = find_table(file, root, "study");
  if (!table) return;
  const TomlSection section(file, "study", *table, {"title", "notice", "private"});
  study.title = section.text_or_empty("title");
  study.notice = section.text_or_empty("notice");
  study.is_private = section.flag_or("private", false);
}

fs::path read_bag_of_words(const fs::path& file, const toml::table& root) {
  const auto* table = find_table(file, root, "bag_of_words");
  return table ? TomlSection(file, "bag_of_words", *table, {"retrieve"}).path("retrieve") : fs::path();
}

Method read_method(const TomlSection& section) {
  Method method{.name = section.text("name"),
                .generate = section.path("generate"),
                .classify = section.path_if_given("classify"),
                .fid = section.paths_if_given("fid"),
                .diversity = section.paths_if_given("diversity"),
                .own_prompts = {}};
  for (const char* key : kPromptKeys) {
    if (const auto text = section.text_or(key, ""); !text.empty()) method.own_prompts[key] = text;
  }
  return method;
}

/// A method's own words are for a prompt of the study, and other words than for its other prompts. @throws InputError
void check_prompts(const fs::path& file, const Generation& generation, const std::vector<Method>& methods) {
  for (const auto& method : methods) {
    for (const auto& [key, text] : method.own_prompts) {
      const auto has_key = [&key = key](const Generation::Prompt& prompt) { return prompt.key == key; };
      if (std::ranges::none_of(generation.prompts, has_key))
        throw InputError(file.string(), method.name, fmt::format("{} in [generation], since this method has it", key), "none");
      const auto asked = generation.asked_of(method).prompts;
      if (std::ranges::count(asked, text, &Generation::Prompt::text) > 1)
        throw InputError(file.string(), fmt::format("{}, {}", method.name, key), "a prompt of its own", text);
    }
  }
}

Generation read_generation(const fs::path& file, const toml::table& root, bool has_methods) {
  const auto* table = find_table(file, root, "generation");
  if (bool(table) != has_methods) {
    throw InputError(file.string(), table ? "method" : "generation",
                     table ? "[[method]], at least once, since there is [generation]" : "[generation], since there is [[method]]",
                     "none");
  }
  if (!table) return {};
  const TomlSection section(file, "generation", *table, {"finding", "negative", "positive", "style", "note"});
  Generation generation{.finding = section.text("finding"), .prompts = {}, .note = section.text_or("note", "")};
  if (!find_finding(generation.finding)) {
    std::vector<std::string_view> labels;
    for (const auto& finding : kFindings) labels.push_back(finding.label);
    section.refuse("finding", fmt::format("one of {}", fmt::join(labels, ", ")), generation.finding);
  }
  for (const char* key : kPromptKeys) {
    if (std::string_view(key) == "style" && !table->contains(key)) continue;
    const auto text = section.text(key);
    if (generation.find(text)) section.refuse(key, "a prompt of its own", text);
    generation.prompts.push_back({key, text});
  }
  return generation;
}

} // namespace

std::optional<std::size_t> Generation::find(const std::string& text) const {
  const auto found = std::find_if(prompts.begin(), prompts.end(), [&](const Prompt& prompt) { return prompt.text == text; });
  if (found == prompts.end()) return std::nullopt;
  return static_cast<std::size_t>(found - prompts.begin());
}

Generation Generation::asked_of(const Method& method) const {
  auto asked = *this;
  for (auto& prompt : asked.prompts) {
    if (const auto own = method.own_prompts.find(prompt.key); own != method.own_prompts.end()) prompt.text = own->second;
  }
  return asked;
}

Study read_study(const fs::path& folder) {
  const auto file = folder / "study.toml";
  if (!fs::is_directory(folder)) throw InputError(folder.string(), "", "a study's folder", "no such folder");
  const auto root = read_toml(file);
  for (const auto& [key, value] : root) {
    if (std::find(kTopKeys.begin(), kTopKeys.end(), key.str()) == kTopKeys.end())
      throw InputError(file.string(), key.str(), fmt::format("{}", fmt::join(kTopKeys, ", ")), "an unknown key");
  }
  Study study{.folder = folder,
              .title = {},
              .notice = {},
              .arms = read_all(file, root, "arm", kArmKeys, read_arm),
              .encoders = read_all(file, root, "encoder", kEncoderKeys, read_encoder),
              .bag_of_words = read_bag_of_words(file, root),
              .generation = {},
              .methods = read_all(file, root, "method", kMethodKeys, read_method)};
  read_about(file, root, study);
  study.generation = read_generation(file, root, !study.methods.empty());
  check_prompts(file, study.generation, study.methods);
  if (study.arms.empty() && study.encoders.empty() && study.bag_of_words.empty() && study.methods.empty())
    throw InputError(file.string(), "arm", "[[arm]], [[encoder]] or [[method]], at least once", "none");
  return study;
}

} // namespace cxr
