/// @file
/// Reports to text sets: MIMIC-CXR's report files, in folders or in the zip, or a file with a report a line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/text_set_writer.h"
#include "data_prep/report_files.h"
#include "data_prep/study_sample.h"
#include "text/impression.h"

namespace cxr {

struct ReportsOptions {
  std::filesystem::path reports; ///< a folder or a zip (data_prep/report_files.h)
  std::filesystem::path tables;  ///< holds mimic-cxr-2.0.0-{chexpert,negbio}.csv[.gz]
  std::string label_source;      ///< chexpert or negbio; empty: chexpert where its table is there, else no labels
  SectionsRule sections = SectionsRule::kMimic;
  bool study = false; ///< only the study's sample
  StudySampleOptions sample;
};

/// Impressions with what is known of them, and what became of the others.
struct Impressions {
  std::vector<TextRecord> records; ///< in the order of the files' paths; ids as "s50414267"
  bool has_labels = false;
  std::int64_t reports = 0;  ///< that were read
  std::int64_t empty = 0;    ///< without an impression, or what stands for it: left out
  std::int64_t repaired = 0; ///< with bytes that are no UTF-8, read as U+FFFD
};

/// Reads the reports one by one. @throws InputError (file, or entry of the zip); Interrupted after a signal
Impressions read_impressions(const ReportsOptions& options);

/// Writes a file's lines that are not blank as a set; ids are line numbers from 1. CRLF is read as LF.
/// @throws InputError if there is no such line; Interrupted after a signal
void write_line_set(const std::filesystem::path& text, const std::filesystem::path& out,
                    const std::map<std::string, std::string>& attributes);

} // namespace cxr
