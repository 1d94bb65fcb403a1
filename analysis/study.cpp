#include "analysis/study.h"

#include <set>

#include "core/error.h"
#include "core/toml_file.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string> kDatasetNames = {
    {"mimic", "MIMIC-CXR"}, {"chexpert", "CheXpert"}, {"phantom", "Phantoms"}};
const std::set<std::string> kKeys = {"dataset", "name", "images", "reconstruct", "classify_original", "classify_reconstruction",
                                     "fid"};

/// The keys of one [[arm]], with messages that say which.
class ArmReader {
 public:
  ArmReader(const fs::path& file, std::size_t number, const toml::table& table) : file_(file), number_(number), table_(table) {
    for (const auto& [key, value] : table) {
      if (!kKeys.contains(std::string(key.str()))) {
        refuse(std::string(key.str()), "dataset, name, images, reconstruct, classify_original, classify_reconstruction or fid",
               "an unknown key");
      }
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
  fs::path path(const std::string& key) const {
    const auto path = file_.parent_path() / text(key);
    if (!fs::exists(path)) refuse(key, "a file or folder", fmt::format("no {}", path.string()));
    return path;
  }
  [[noreturn]] void refuse(const std::string& key, const std::string& expected, const std::string& found) const {
    throw InputError(file_.string(), fmt::format("arm {}, {}", number_, key), expected, found);
  }

 private:
  const fs::path& file_;
  std::size_t number_;
  const toml::table& table_;
};

Arm read_arm(const ArmReader& reader) {
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

} // namespace

Study read_study(const fs::path& folder) {
  const auto file = folder / "study.toml";
  if (!fs::is_directory(folder)) throw InputError(folder.string(), "", "a study's folder", "no such folder");
  const auto root = read_toml(file);
  for (const auto& [key, value] : root) {
    if (key.str() != "arm") throw InputError(file.string(), key.str(), "[[arm]]", "an unknown key");
  }
  const auto* arms = root.get_as<toml::array>("arm");
  if (!arms || arms->empty()) throw InputError(file.string(), "arm", "[[arm]], at least once", "none");
  Study study{folder, {}};
  std::set<std::string> names;
  for (const auto& node : *arms) {
    const auto number = study.arms.size() + 1;
    const auto* table = node.as_table();
    if (!table) throw InputError(file.string(), fmt::format("arm {}", number), "a table", toml_type(node));
    const ArmReader reader(file, number, *table);
    study.arms.push_back(read_arm(reader));
    if (const auto& name = study.arms.back().name; !names.insert(name).second) reader.refuse("name", "a name of its own", name);
  }
  return study;
}

} // namespace cxr
