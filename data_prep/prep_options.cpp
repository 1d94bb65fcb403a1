#include "data_prep/prep_options.h"

#include "core/error.h"
#include "core/options.h"
#include "data_prep/paths.h"

namespace cxr {

void add_prep_options(CLI::App& app, PrepOptions& options) {
  app.add_option("--root", options.root, "the folder that the source lies in")->required();
  app.add_option("--view", options.view, "which views: frontal (AP and PA), AP, PA, all")
      ->check(CLI::IsMember({"frontal", "AP", "PA", "all"}))
      ->capture_default_str();
  app.add_option("--n", options.n, "images to sample; all where there are fewer")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the sample")->capture_default_str();
  auto* size = app.add_option("--size", options.size, "side of the square images, pixels")
                   ->check(CLI::Range(kSideMultiple, std::int64_t{4096}))
                   ->capture_default_str();
  auto* resize = app.add_option("--resize", options.resize, "how an image becomes a square: center-crop, pad, stretch")
                     ->check(CLI::IsMember({"center-crop", "pad", "stretch"}))
                     ->capture_default_str();
  app.add_option("--max-side", options.max_side,
                 "instead of --size: the longer side's limit, aspect kept, sides multiples of 8; pixels")
      ->check(CLI::Range(kSideMultiple, std::int64_t{4096}))
      ->excludes(size)
      ->excludes(resize);
  app.add_option("--max-bad", options.max_bad, "largest fraction of the sample that may be unreadable, 0 to 1")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(kExecutionGroup);
  app.add_option("--out", options.out, "the image set to write (.h5); must not exist")->required()->group(kExecutionGroup);
  app.add_option("--threads", options.threads, "decoding threads a rank; 0 for its share of the cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str()
      ->group(kExecutionGroup);
}

void add_dicom_options(CLI::App& app, DicomRule& rule) {
  const auto add = [&](const char* name, DicomRule value, const std::string& text) {
    const auto suffix = rule == value ? " (the default)" : "";
    return app.add_flag_callback(
        name, [&rule, value] { rule = value; }, text + suffix);
  };
  auto* equalize =
      add("--equalize", DicomRule::kEqualize, "DICOM values: min-max, then histogram equalisation, as MIMIC-CXR-JPG was made");
  auto* window = add("--window", DicomRule::kWindow, "DICOM values: the file's window, min-max where it has none");
  auto* min_max = add("--min-max", DicomRule::kMinMax, "DICOM values: from the smallest to the largest");
  equalize->excludes(window)->excludes(min_max);
  window->excludes(min_max);
}

void add_report_rules(CLI::App& app, std::string& label_source, std::string& sections) {
  app.add_option("--label-source", label_source, "whose labels: chexpert (the default where its table is there) or negbio")
      ->check(CLI::IsMember({"chexpert", "negbio"}));
  app.add_option("--sections", sections,
                 "how the impression is found: mimic (as its authors do) or fixed (NDICATION is no impression)")
      ->check(CLI::IsMember({"mimic", "fixed"}))
      ->capture_default_str();
}

SectionsRule sections_rule(const std::string& name) { return name == "fixed" ? SectionsRule::kFixed : SectionsRule::kMimic; }

int run_prepare(Source source, const PrepOptions& options, const CLI::App& app) {
  PrepareOptions prepare_options{options.out,
                                 options.n,
                                 options.seed,
                                 options.size,
                                 resize_rule(options.resize),
                                 options.max_side,
                                 options.max_bad,
                                 options.threads,
                                 result_configuration(app)};
  prepare(std::move(source), prepare_options, world());
  return kDone;
}

void check_paths(const PrepOptions& options) {
  check_out(options.out);
  check_root(options.root);
}

bool matches_view(const std::string& wanted, const std::string& position) {
  if (wanted == "all") return true;
  if (wanted == "frontal") return position == "AP" || position == "PA";
  return position == wanted;
}

} // namespace cxr
