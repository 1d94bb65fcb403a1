#include "data_prep/mimic.h"

#include <unordered_map>

#include "core/error.h"
#include "data_prep/commands.h"
#include "data_prep/mimic_tables.h"
#include "data_prep/prep_options.h"
#include "data_prep/report_files.h"
#include "io/image_file.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

const fs::path& or_root(const fs::path& folder, const fs::path& root) { return folder.empty() ? root : folder; }

/// Which images are in the split that is asked for.
class SplitFilter {
 public:
  explicit SplitFilter(const MimicOptions& options) : wanted_(options.split) {
    if (wanted_ == "all") return;
    const auto table = read_mimic_table(or_root(options.tables, options.root), "split");
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

std::vector<SourceItem> read_items(const MimicOptions& options, const StudyLabels& labels) {
  const SplitFilter in_split(options);
  const auto table = read_mimic_table(or_root(options.tables, options.root), "metadata");
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

at::Tensor read_image(const fs::path& files, DicomRule rule, const SourceItem& item) {
  const auto stem = (files / item.path).string();
  if (fs::exists(stem + ".jpg")) return read_grey_image(stem + ".jpg");
  for (const auto* ending : {".dcm", ".dcm.gz"}) {
    if (fs::exists(stem + ending)) return read_dicom(stem + ending, rule);
  }
  throw InputError(stem, "", "this image as .jpg, .dcm or .dcm.gz", "none");
}

ReportText read_report(const ReportFiles& reports, SectionsRule rule, const SourceItem& item) {
  auto report = reports.find(item.subject_id, item.study_id);
  if (!report) return {};
  auto impression = impression_of(*report, item.study_id, rule);
  return {std::move(*report), std::move(impression)};
}

void add_mimic_options(CLI::App& app, MimicOptions& options, std::string& sections) {
  app.add_option("--tables", options.tables, "the folder of the metadata, split and label tables; by default --root");
  app.add_option("--reports", options.reports,
                 "the reports: the folder of files/p10/…/s….txt, or mimic-cxr-reports.zip; by default --root");
  app.add_option("--split", options.split, "train, validate, test, all")
      ->check(CLI::IsMember({"train", "validate", "test", "all"}))
      ->capture_default_str();
  add_report_rules(app, options.label_source, sections);
  add_dicom_options(app, options.dicom);
}

} // namespace

Source mimic_source(const MimicOptions& options) {
  const StudyLabels labels(or_root(options.tables, options.root), options.label_source);
  Source source{"mimic", options.root, options.view, labels.known(), read_items(options, labels), {}, {}};
  source.read_image = [files = files_folder(options.root), rule = options.dicom](const SourceItem& item) {
    return read_image(files, rule, item);
  };
  source.read_report = [reports = ReportFiles(or_root(options.reports, options.root)),
                        rule = options.sections](const SourceItem& item) { return read_report(reports, rule, item); };
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
            options->mimic.sections = sections_rule(options->sections);
            return run_prepare(mimic_source(options->mimic), options->prep, *app);
          }};
}

} // namespace cxr
