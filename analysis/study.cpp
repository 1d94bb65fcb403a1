#include "analysis/study.h"

#include <set>

#include "core/error.h"
#include "core/toml_file.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string> kDatasetNames = {
    {"mimic", "MIMIC-CXR"}, {"chexpert", "CheXpert"}, {"phantom", "Phantoms"}};
const std::vector<std::string> kArmKeys = {
    "dataset", "name", "images", "reconstruct", "classify_original", "classify_reconstruction", "fid"};
const std::vector<std::string> kEncoderKeys = {"name",      "cls",        "mean",         "pooler",        "specific",
                                               "embed_cls", "embed_mean", "embed_pooler", "embed_specific"};

/// The keys of one table of the file, with messages that say which.
class TableReader {
 public:
  /// @param place what messages call the table: "arm 1"  @param keys that it may have
  TableReader(const fs::path& file, std::string place, const toml::table& table, const std::vector<std::string>& keys)
      : file_(file), place_(std::move(place)), table_(table) {
    for (const auto& [key, value] : table) {
      if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
        refuse(std::string(key.str()), fmt::format("{}", fmt::join(keys, ", ")), "an unknown key");
    }
  }

  std::string text(const std::string& key) const {
    const auto* node = table_.get(key);
    if (!node) refuse(key, "a string", "no such key");
    const auto value = node->value<std::string>();
    if (!value || value->empty()) refuse(key, "a string that is not empty", value ? "an empty one" : toml_type(*node));
    return *value;
  }
  std::string text_or(const std::string& key, const std::string& fallback) const {
    return table_.contains(key) ? text(key) : fallback;
  }
  /// Empty if there is no such key.
  fs::path path_if_given(const std::string& key) const { return table_.contains(key) ? path(key) : fs::path(); }
  fs::path path(const std::string& key) const {
    const auto path = file_.parent_path() / text(key);
    if (!fs::exists(path)) refuse(key, "a file or folder", fmt::format("no {}", path.string()));
    return path;
  }
  [[noreturn]] void refuse(const std::string& key, const std::string& expected, const std::string& found) const {
    throw InputError(file_.string(), fmt::format("{}, {}", place_, key), expected, found);
  }

 private:
  const fs::path& file_;
  std::string place_;
  const toml::table& table_;
};

Arm read_arm(const TableReader& reader) {
  Arm arm;
  arm.dataset = reader.text("dataset");
  const auto known = kDatasetNames.find(arm.dataset);
  if (known == kDatasetNames.end()) reader.refuse("dataset", "mimic, chexpert or phantom", arm.dataset);
  arm.name = reader.text_or("name", known->second);
  arm.images = reader.path("images");
  arm.reconstruct = reader.path("reconstruct");
  arm.classify_original = reader.path("classify_original");
  arm.classify_reconstruction = reader.path("classify_reconstruction");
  if (!reader.text_or("fid", "").empty()) arm.fid = reader.path("fid");
  return arm;
}

Encoder read_encoder(const TableReader& reader) {
  Encoder encoder;
  encoder.name = reader.text("name");
  bool has_runs = false;
  for (std::size_t e = 0; e < kExtractions.size(); ++e) {
    encoder.runs[e] = {reader.path_if_given(kExtractions[e]), reader.path_if_given(fmt::format("embed_{}", kExtractions[e]))};
    has_runs |= !encoder.runs[e].retrieve.empty();
  }
  if (!has_runs) reader.refuse("cls, mean, pooler or specific", "at least one run of cxr retrieve", "none");
  return encoder;
}

/// The tables of `[[key]]`, each as `read` makes of it, with names of their own.
template <typename Item>
std::vector<Item> read_all(const fs::path& file, const toml::table& root, const std::string& key,
                           const std::vector<std::string>& keys, Item (*read)(const TableReader&)) {
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
    const TableReader reader(file, place, *table, keys);
    items.push_back(read(reader));
    if (const auto& name = items.back().name; !names.insert(name).second) reader.refuse("name", "a name of its own", name);
  }
  return items;
}

fs::path read_bag_of_words(const fs::path& file, const toml::table& root) {
  const auto* node = root.get("bag_of_words");
  if (!node) return {};
  if (!node->is_table()) throw InputError(file.string(), "bag_of_words", "a table", toml_type(*node));
  return TableReader(file, "bag_of_words", *node->as_table(), {"retrieve"}).path("retrieve");
}

} // namespace

Study read_study(const fs::path& folder) {
  const auto file = folder / "study.toml";
  if (!fs::is_directory(folder)) throw InputError(folder.string(), "", "a study's folder", "no such folder");
  const auto root = read_toml(file);
  for (const auto& [key, value] : root) {
    if (key.str() != "arm" && key.str() != "encoder" && key.str() != "bag_of_words")
      throw InputError(file.string(), key.str(), "[[arm]], [[encoder]] or [bag_of_words]", "an unknown key");
  }
  Study study{folder, read_all(file, root, "arm", kArmKeys, read_arm), read_all(file, root, "encoder", kEncoderKeys, read_encoder),
              read_bag_of_words(file, root)};
  if (study.arms.empty() && study.encoders.empty() && study.bag_of_words.empty())
    throw InputError(file.string(), "arm", "[[arm]] or [[encoder]], at least once", "none");
  return study;
}

} // namespace cxr
