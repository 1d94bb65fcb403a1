#include "data_prep/mimic.h"

#include <unordered_map>

#include "core/error.h"
#include "core/log.h"
#include "data_prep/commands.h"
#include "data_prep/label_table.h"
#include "data_prep/prep_options.h"
#include "io/csv.h"
#include "io/gzip_file.h"
#include "io/image_file.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

const fs::path& or_root(const fs::path& folder, const fs::path& root) { return folder.empty() ? root : folder; }

// "mimic-cxr-2.0.0-split.csv" or its .gz: the release's number is in the name, so any is taken.
std::optional<fs::path> find_table(const MimicOptions& options, const std::string& what) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(or_root(options.tables, options.root))) {
    const auto name = entry.path().filename().string();
    const auto ending = "-" + what + ".csv";
    if (name.starts_with("mimic-cxr-") && (name.ends_with(ending) || name.ends_with(ending + ".gz"))) found.push_back(entry.path());
  }
  if (found.empty()) return std::nullopt;
  return *std::ranges::min_element(found); // the unpacked one where both are there
}

CsvTable read_table(const MimicOptions& options, const std::string& what) {
  const auto path = find_table(options, what);
  const auto folder = or_root(options.tables, options.root).string();
  if (!path) throw InputError(folder, fmt::format("mimic-cxr-2.0.0-{}.csv", what), "that table or its .gz (--tables DIR)", "none");
  return CsvTable::read(*path);
}

/// Which images are in the split that is asked for.
class SplitFilter {
 public:
  explicit SplitFilter(const MimicOptions& options) : wanted_(options.split) {
    if (wanted_ == "all") return;
    const auto table = read_table(options, "split");
    const auto image = table.column("dicom_id"), split = table.column("split");
    for (std::size_t row = 0; row < table.rows(); ++row) splits_[table.at(row, image)] = table.at(row, split);
  }
  bool operator()(const std::string& image) const {
    if (wanted_ == "all") return true;
    const auto found = splits_.find(image);
    return found != splits_.end() && found->second == wanted_;
  }

 private:
  std::string wanted_;
  std::unordered_map<std::string, std::string> splits_;
};

/// The labels of a study.
class StudyLabels {
 public:
  explicit StudyLabels(const MimicOptions& options) {
    const auto name = options.label_source.empty() ? "chexpert" : options.label_source;
    known_ = !options.label_source.empty() || find_table(options, name);
    if (!known_) {
      log::info("no table of labels ({}): the set has none", name);
      return;
    }
    const auto table = read_table(options, name);
    const auto study = table.column("study_id");
    const LabelColumns columns(table, true);
    for (std::size_t row = 0; row < table.rows(); ++row) labels_[table.at(row, study)] = columns.read(row);
  }
  bool known() const { return known_; }
  Labels operator()(const std::string& study) const {
    const auto found = labels_.find(study);
    return found == labels_.end() ? kNoLabels : found->second;
  }

 private:
  bool known_ = false;
  std::unordered_map<std::string, Labels> labels_;
};

// "p10/p10000032/s50414267", relative to files/.
fs::path study_path(const std::string& subject, const std::string& study) {
  return fs::path("p" + subject.substr(0, 2)) / ("p" + subject) / ("s" + study);
}

std::vector<SourceItem> read_items(const MimicOptions& options, const StudyLabels& labels) {
  const SplitFilter in_split(options);
  const auto table = read_table(options, "metadata");
  const auto image = table.column("dicom_id"), subject = table.column("subject_id"), study = table.column("study_id"),
             position = table.column("ViewPosition");
  std::vector<SourceItem> items;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto &id = table.at(row, image), &study_id = table.at(row, study), &subject_id = table.at(row, subject);
    if (!matches_view(options.view, table.at(row, position)) || !in_split(id)) continue;
    const auto path = study_path(subject_id, study_id) / id;
    items.push_back({path.string(), id, study_id, subject_id, labels(study_id)});
  }
  return items;
}

// Releases hold `files/`, some copies its content.
fs::path files_folder(const fs::path& root) { return fs::is_directory(root / "files") ? root / "files" : root; }

at::Tensor read_image(const fs::path& files, DicomRule rule, const SourceItem& item) {
  const auto stem = (files / item.path).string();
  if (fs::exists(stem + ".jpg")) return read_grey_image(stem + ".jpg");
  for (const auto* ending : {".dcm", ".dcm.gz"}) {
    if (fs::exists(stem + ending)) return read_dicom(stem + ending, rule);
  }
  throw InputError(stem, "", "this image as .jpg, .dcm or .dcm.gz", "none");
}

ReportText read_report(const fs::path& files, SectionsRule rule, const SourceItem& item) {
  const fs::path path = (files / study_path(item.subject_id, item.study_id)).string() + ".txt";
  if (!fs::exists(path)) return {};
  auto report = read_whole_file(path);
  auto impression = impression_of(report, item.study_id, rule);
  return {std::move(report), std::move(impression)};
}

void add_mimic_options(CLI::App& app, MimicOptions& options, std::string& sections) {
  app.add_option("--tables", options.tables, "the folder of the metadata, split and label tables; by default --root");
  app.add_option("--reports", options.reports, "the folder of the reports (files/p10/…/s….txt); by default --root");
  app.add_option("--split", options.split, "train, validate, test, all")
      ->check(CLI::IsMember({"train", "validate", "test", "all"}))
      ->capture_default_str();
  app.add_option("--label-source", options.label_source, "whose labels: chexpert (the default where its table is there) or negbio")
      ->check(CLI::IsMember({"chexpert", "negbio"}));
  app.add_option("--sections", sections,
                 "how the impression is found: mimic (as its authors do) or fixed (NDICATION is no impression)")
      ->check(CLI::IsMember({"mimic", "fixed"}))
      ->capture_default_str();
  add_dicom_options(app, options.dicom);
}

} // namespace

Source mimic_source(const MimicOptions& options) {
  const StudyLabels labels(options);
  Source source{"mimic", options.root, options.view, labels.known(), read_items(options, labels), {}, {}};
  source.read_image = [files = files_folder(options.root), rule = options.dicom](const SourceItem& item) {
    return read_image(files, rule, item);
  };
  source.read_report = [files = files_folder(or_root(options.reports, options.root)),
                        rule = options.sections](const SourceItem& item) { return read_report(files, rule, item); };
  return source;
}

Subcommand prep_mimic_command(CLI::App& prep) {
  struct Options {
    PrepOptions prep;
    MimicOptions mimic;
    std::string sections = "mimic";
  };
  const auto options = std::make_shared<Options>();
  options->prep.view = "frontal";
  auto* app = prep.add_subcommand("mimic", "MIMIC-CXR (DICOM) or MIMIC-CXR-JPG");
  add_mimic_options(*app, options->mimic, options->sections);
  add_prep_options(*app, options->prep);
  return {app, [options, app] {
            check_paths(options->prep);
            options->mimic.root = options->prep.root;
            options->mimic.view = options->prep.view;
            options->mimic.sections = options->sections == "fixed" ? SectionsRule::kFixed : SectionsRule::kMimic;
            return run_prepare(mimic_source(options->mimic), options->prep, *app);
          }};
}

} // namespace cxr
