#include "experiments/image_columns.h"

#include "data/image_set_writer.h"
#include "experiments/provenance.h"

namespace cxr {
namespace {

std::vector<std::string> rows_of(const std::vector<std::string>& all, Batch batch) {
  return {all.begin() + batch.begin, all.begin() + batch.end()};
}

} // namespace

Columns identity_columns(const ImageSet& images, Batch batch) {
  Columns columns;
  const auto& info = images.info();
  const auto add = [&](const char* name, const std::vector<std::string>& values) {
    if (!values.empty()) columns.emplace(name, rows_of(values, batch));
  };
  add("ids", info.ids);
  add("study_ids", info.study_ids);
  add("subject_ids", info.subject_ids);
  add("reports", info.reports);
  add("impressions", info.impressions);
  if (info.labels.defined()) columns.emplace("labels", info.labels.slice(0, batch.begin, batch.end()).clone());
  return columns;
}

RunAttributes image_set_attributes(const std::string& command, const std::string& configuration) {
  auto attributes = result_attributes(kImageSetFormat, command, configuration);
  attributes.file.emplace("format_version", kImageSetVersion);
  attributes.datasets["labels"]["names"] = {kCheXpertLabels.begin(), kCheXpertLabels.end()};
  return attributes;
}

} // namespace cxr
