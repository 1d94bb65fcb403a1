/// @file
/// What a report may show of a study: of a private one neither images, unless they are asked for, nor identifiers.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "analysis/study.h"

namespace cxr {

class ReportView {
 public:
  /// @param include_images of a private study too
  ReportView(const Study& study, bool include_images);

  bool shows_images() const { return shows_images_; }
  bool hides_identities() const { return is_private_; }

  /// A path within the study relative to it; another as it is, of a private study by its last component alone.
  std::string path(const std::filesystem::path& path) const;
  /// An argument of a command, or an option's value. Of a private study, text that is neither a prompt of the study's nor a
  /// condition on labels is left out: it may be a report's.
  std::string argument(const std::string& argument) const;
  /// Text of the program's or of the study's author. Of a private study, what looks like an id of MIMIC-CXR or CheXpert is masked.
  std::string text(const std::string& text) const;

 private:
  bool is_known_text(const std::string& argument) const;

  std::filesystem::path folder_;
  std::set<std::string> prompts_;
  bool is_private_, shows_images_;
};

} // namespace cxr
