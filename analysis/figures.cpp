#include "analysis/figures.h"

#include "analysis/commands.h"
#include "core/error.h"
#include "core/log.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

// A name for files: letters, digits and dashes of the arm's.
std::string file_name(const std::string& arm) {
  std::string name;
  for (unsigned char c : arm) {
    if (c < 0x80 && std::isalnum(c)) {
      name += static_cast<char>(std::tolower(c));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "arm" : name;
}

int draw_figures(const fs::path& folder) {
  const auto study = read_study(folder);
  const Published published;
  std::vector<ArmFigures> arms;
  for (const auto& arm : study.arms) {
    arms.push_back({arm, read_arm_results(arm)});
    if (arms.back().results.samples == 0) throw InputError(arm.images.string(), "images", "at least one", "none");
  }
  const auto figures = study.folder / "figures";
  fs::create_directories(figures);
  draw_quality_figure(arms, published, figures / "figure3-quality");
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const auto number = arms.size() > 1 ? fmt::format("{}-", i + 1) : ""; // names may differ in what file_name() drops
    draw_pair_figure(arms[i], figures / fmt::format("figure3-pairs-{}{}", number, file_name(arms[i].arm.name)));
  }
  log::info("Figure 3 is in {} (PNG and SVG)", figures.string());
  return kDone;
}

} // namespace

Subcommand figures_command(CLI::App& parent) {
  const auto study = std::make_shared<fs::path>();
  auto* app =
      parent.add_subcommand("figures", "Figure 3 from a study's runs: quality distributions and example pairs, PNG and SVG");
  app->add_option("study", *study, "the study's folder, with study.toml")->required();
  return {app, [study] { return draw_figures(*study); }};
}

} // namespace cxr
