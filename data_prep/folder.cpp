#include "data_prep/folder.h"

#include <unordered_map>

#include "core/error.h"
#include "core/log.h"
#include "data_prep/commands.h"
#include "data_prep/label_table.h"
#include "data_prep/prep_options.h"
#include "io/csv.h"
#include "io/image_file.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kEndings = {".jpg", ".jpeg", ".png", ".dcm", ".dcm.gz"};

std::string_view ending_of(const std::string& name) {
  for (const auto ending : kEndings) {
    if (name.size() <= ending.size()) continue;
    const auto tail = std::string_view(name).substr(name.size() - ending.size());
    if (std::ranges::equal(tail, ending, {}, [](unsigned char c) { return static_cast<char>(std::tolower(c)); })) return ending;
  }
  return {};
}

std::string without_ending(const std::string& name) { return name.substr(0, name.size() - ending_of(name).size()); }

bool is_dicom(const std::string& name) { return ending_of(name).starts_with(".dcm"); }

/// A file whose position can't be read is kept: where it is decoded it counts as damaged (--max-bad).
bool may_show(const fs::path& dicom, const std::string& view) {
  try {
    return matches_view(view, dicom_view_position(dicom));
  } catch (const InputError&) {
    return true;
  }
}

std::vector<SourceItem> list_images(const FolderOptions& options) {
  std::vector<SourceItem> items;
  for (const auto& entry : fs::recursive_directory_iterator(options.root, fs::directory_options::follow_directory_symlink)) {
    const auto path = entry.path().lexically_relative(options.root).string();
    if (ending_of(path).empty() || !entry.is_regular_file()) continue;
    if (options.view != "all" && !(is_dicom(path) && may_show(entry.path(), options.view))) continue;
    items.push_back({path, path, "", "", kNoLabels}); // with its ending: a.jpg and a.png are two images
  }
  return items;
}

/// The items by each name that a table may call them.
class NameIndex {
 public:
  explicit NameIndex(std::vector<SourceItem>& items) {
    for (auto& item : items) {
      const auto file = fs::path(item.path).filename().string();
      for (const auto& name : {item.path, without_ending(item.path), file, without_ending(file)}) {
        auto& named = items_[name];
        if (std::ranges::find(named, &item) == named.end()) named.push_back(&item);
      }
    }
  }
  std::span<SourceItem* const> operator[](const std::string& name) const {
    const auto found = items_.find(name);
    return found == items_.end() ? std::span<SourceItem* const>() : found->second;
  }

 private:
  std::unordered_map<std::string, std::vector<SourceItem*>> items_;
};

void read_labels(const FolderOptions& options, std::vector<SourceItem>& items) {
  const auto table = CsvTable::read(options.labels);
  const auto key = options.key.empty() ? 0 : table.column(options.key);
  const LabelColumns columns(table, false);
  const NameIndex index(items);
  std::unordered_map<const SourceItem*, std::size_t> row_of;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto named = index[table.at(row, key)];
    const auto where = fmt::format("{}:{}", table.name(), table.line(row));
    const auto labels = columns.read(row);
    if (named.empty()) continue;
    if (named.size() > 1) {
      throw InputError(where, table.header()[key], "a name that one image has",
                       fmt::format("{} and {}", named[0]->path, named[1]->path));
    }
    if (const auto [earlier, is_new] = row_of.emplace(named[0], row); !is_new) {
      throw InputError(where, table.header()[key], "one row an image", fmt::format("line {} too", table.line(earlier->second)));
    }
    named[0]->labels = labels;
    if (table.has("study_id")) named[0]->study_id = table.at(row, table.column("study_id"));
    if (table.has("subject_id")) named[0]->subject_id = table.at(row, table.column("subject_id"));
  }
  log::info("{}: labels of {} of {} images", table.name(), row_of.size(), items.size());
}

} // namespace

Source folder_source(const FolderOptions& options) {
  Source source{"folder", options.root, options.view, !options.labels.empty(), list_images(options), {}, {}};
  if (source.has_labels) read_labels(options, source.items);
  source.read_image = [root = options.root, rule = options.dicom](const SourceItem& item) {
    return is_dicom(item.path) ? read_dicom(root / item.path, rule) : read_grey_image(root / item.path);
  };
  return source;
}

Subcommand prep_folder_command(CLI::App& prep) {
  struct Options {
    PrepOptions prep;
    FolderOptions folder;
  };
  const auto options = std::make_shared<Options>();
  options->prep.view = "all";
  auto* app = prep.add_subcommand("folder", "a folder of JPEG, PNG and DICOM files");
  app->add_option("--labels", options->folder.labels, "CSV with columns named as CheXpert's labels (1, 0, -1 or blank)");
  app->add_option("--key", options->folder.key, "the column of --labels that names the image; by default the first")
      ->needs("--labels");
  add_dicom_options(*app, options->folder.dicom);
  add_prep_options(*app, options->prep);
  return {app, [options, app] {
            check_paths(options->prep);
            options->folder.root = options->prep.root;
            options->folder.view = options->prep.view;
            return run_prepare(folder_source(options->folder), options->prep, *app);
          }};
}

} // namespace cxr
