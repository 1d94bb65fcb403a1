#include "data_prep/chexpert.h"

#include <fmt/ranges.h>

#include "core/error.h"
#include "data_prep/commands.h"
#include "data_prep/label_table.h"
#include "data_prep/prep_options.h"
#include "io/csv.h"
#include "io/image_file.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

// The root, and the folders in it that a release unpacks to.
std::vector<fs::path> release_folders(const fs::path& root) {
  std::vector<fs::path> folders = {root};
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.is_directory() && entry.path().filename().string().starts_with("CheXpert-v1.0")) folders.push_back(entry.path());
  }
  std::sort(folders.begin() + 1, folders.end());
  return folders;
}

fs::path find_csv(const CheXpertOptions& options) {
  if (!options.csv.empty()) return options.csv;
  const auto name = options.split + ".csv";
  for (const auto& folder : release_folders(options.root)) {
    if (fs::exists(folder / name)) return folder / name;
  }
  throw InputError(options.root.string(), name, "that table, here or in a folder CheXpert-v1.0* (or --csv FILE)", "none");
}

// "patient00001/study1/view1_frontal.jpg" of a CSV's path.
std::string path_in_split(const CsvTable& table, std::size_t row, const std::string& path) {
  for (const std::string part : {"train/", "valid/"}) {
    const auto at = path.find(part);
    if (at != path.npos && (at == 0 || path[at - 1] == '/')) return path.substr(at + part.size());
  }
  throw InputError(fmt::format("{}:{}", table.name(), table.line(row)), "Path", "a path with train/ or valid/", path);
}

bool wanted_view(const std::string& view, const std::string& side, const std::string& position) {
  if (view == "frontal") return side == "Frontal";
  return view == "all" || (side == "Frontal" && matches_view(view, position));
}

SourceItem item_of(const std::string& path, const Labels& labels) {
  const fs::path relative = path; // patient/study/view.jpg
  const auto study = relative.parent_path();
  return {path, fs::path(relative).replace_extension().string(), study.string(), study.parent_path().string(), labels};
}

std::vector<SourceItem> read_items(const CheXpertOptions& options) {
  const auto table = CsvTable::read(find_csv(options));
  const auto path = table.column("Path"), side = table.column("Frontal/Lateral"), position = table.column("AP/PA");
  const LabelColumns labels(table, true);
  std::vector<SourceItem> items;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (!wanted_view(options.view, table.at(row, side), table.at(row, position))) continue;
    items.push_back(item_of(path_in_split(table, row, table.at(row, path)), labels.read(row)));
  }
  return items;
}

// Where patients' folders may lie, likeliest first.
std::vector<fs::path> patient_folders(const CheXpertOptions& options) {
  std::vector<fs::path> folders;
  for (const auto& folder : release_folders(options.root)) {
    if (fs::is_directory(folder / options.split)) folders.push_back(folder / options.split);
  }
  for (const auto& folder : release_folders(options.root)) folders.push_back(folder);
  return folders;
}

at::Tensor read_image(const std::vector<fs::path>& folders, const SourceItem& item) {
  for (const auto& folder : folders) {
    if (fs::exists(folder / item.path)) return read_grey_image(folder / item.path);
  }
  throw InputError(item.path, "", fmt::format("this image under {}", folders.front().string()), "none");
}

} // namespace

Source chexpert_source(const CheXpertOptions& options) {
  Source source{"chexpert", options.root, options.view, true, read_items(options), {}, {}};
  source.read_image = [folders = patient_folders(options)](const SourceItem& item) { return read_image(folders, item); };
  return source;
}

Subcommand prep_chexpert_command(CLI::App& prep) {
  struct Options {
    PrepOptions prep;
    CheXpertOptions chexpert;
  };
  const auto options = std::make_shared<Options>();
  options->prep.view = "frontal";
  auto* app = prep.add_subcommand("chexpert", "CheXpert v1.0, full size or -small");
  app->add_option("--csv", options->chexpert.csv, "the table of images and labels; by default SPLIT.csv under --root");
  app->add_option("--split", options->chexpert.split, "train or valid")
      ->check(CLI::IsMember({"train", "valid"}))
      ->capture_default_str();
  add_prep_options(*app, options->prep);
  return {app, [options, app] {
            check_paths(options->prep);
            options->chexpert.root = options->prep.root;
            options->chexpert.view = options->prep.view;
            return run_prepare(chexpert_source(options->chexpert), options->prep, *app);
          }};
}

} // namespace cxr
