/// @file
/// The options that the sources of radiographs share.
#pragma once

#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>

#include "data_prep/prepare.h"
#include "io/dicom.h"
#include "text/impression.h"

namespace cxr {

struct PrepOptions {
  std::filesystem::path root, out;
  std::string view;
  std::int64_t n = 1000;
  std::uint64_t seed = 0;
  std::int64_t size = 512, max_side = 0;
  std::string resize = "center-crop";
  double max_bad = 0.01;
  int threads = 0;
};

/// Declares --root, --view, --n, --seed, --size, --resize, --max-side, --max-bad, --out and --threads.
/// @param options must live as long as `app`; its `view` is the default
void add_prep_options(CLI::App& app, PrepOptions& options);

/// Declares --equalize, --window and --min-max, of which one may be given. @param rule its value is the default
void add_dicom_options(CLI::App& app, DicomRule& rule);

/// Declares --label-source and --sections, of MIMIC-CXR's reports. @param sections its value is the default
void add_report_rules(CLI::App& app, std::string& label_source, std::string& sections);
/// @param name "mimic" or "fixed", as --sections has checked
SectionsRule sections_rule(const std::string& name);

/// Runs prepare() on this process's ranks with the options of `app`. Returns the exit status.
int run_prepare(Source source, const PrepOptions& options, const CLI::App& app);

/// Refuses an --out that exists and a --root that is no folder, before a source is listed. @throws InputError
void check_paths(const PrepOptions& options);

/// Whether a view position ("AP", "PA", "LATERAL", …) is what --view asks for: "frontal" is AP or PA, "all" is any.
bool matches_view(const std::string& wanted, const std::string& position);

} // namespace cxr
