/// @file
/// What a source of radiographs yields, whatever its layout on disk: a list of images that can be read one by one.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/image_set.h"

namespace cxr {

using Labels = std::array<std::int8_t, kCheXpertLabels.size()>;

/// One image on offer.
struct SourceItem {
  std::string path; ///< relative to the source's root: orders the items, and names this one in messages
  std::string id, study_id, subject_id;
  Labels labels{};
};

struct ReportText {
  std::string report, impression;
};

struct Source {
  std::string name; ///< "chexpert", …
  std::filesystem::path root;
  std::string view; ///< "frontal", …: which images `items` has
  bool has_labels = false;
  std::vector<SourceItem> items;
  /// uint8 [H,W]. Called from several threads; an InputError puts the image on the quarantine list.
  std::function<at::Tensor(const SourceItem&)> read_image;
  /// The study's report, empty where there is none; unset for a source that has no reports. Called from several threads.
  std::function<ReportText(const SourceItem&)> read_report;
};

} // namespace cxr
