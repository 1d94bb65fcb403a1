#include "analysis/figures.h"

#include "analysis/commands.h"
#include "analysis/retrieval_results.h"
#include "core/error.h"
#include "core/log.h"
#include "data/set_parts.h"
#include "io/hdf5.h"

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

void draw_arms(const Study& study, const fs::path& figures) {
  const Published published;
  std::vector<ArmFigures> arms;
  for (const auto& arm : study.arms) {
    arms.push_back({arm, read_arm_results(arm)});
    if (arms.back().results.samples == 0) throw InputError(arm.images.string(), "images", "at least one", "none");
  }
  draw_quality_figure(arms, published, figures / "figure3-quality");
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const auto number = arms.size() > 1 ? fmt::format("{}-", i + 1) : ""; // names may differ in what file_name() drops
    draw_pair_figure(arms[i], figures / fmt::format("figure3-pairs-{}{}", number, file_name(arms[i].arm.name)));
  }
  log::info("Figure 3 is in {} (PNG and SVG)", figures.string());
}

at::Tensor read_embeddings(const fs::path& run, const RetrievalResults& reports) {
  const auto file = hdf5::File::open(set_file(run, "a run of cxr embed"));
  if (file.read_strings("ids") != reports.ids)
    throw InputError(file.path().string(), "ids", "those of its run of cxr retrieve", "others");
  const auto shape = file.shape("embeddings");
  if (shape.size() != 2 || shape[0] != std::ssize(reports.ids) || !at::isFloatingType(file.dtype("embeddings")))
    throw InputError(file.path().string(), "embeddings", "float32 [N,D]", fmt::format("[{}]", fmt::join(shape, ",")));
  return file.read("embeddings");
}

std::string tsne_file(const std::string& encoder, std::size_t number) {
  const std::map<std::string, int> in_the_paper = {{"CLIP", 6}, {"SapBERT", 7}, {"CXR-BERT-specialized", 8}};
  const auto found = in_the_paper.find(encoder);
  return found == in_the_paper.end() ? fmt::format("tsne-{}-{}", number, file_name(encoder))
                                     : fmt::format("figure{}-tsne-{}", found->second, file_name(encoder));
}

// Every encoder in its best extraction, if the study names the embeddings of that.
void draw_encoders(const Study& study, const TsneOptions& options, const fs::path& figures) {
  const auto results = read_text_study(study);
  for (std::size_t i = 0; i < results.encoders.size(); ++i) {
    const auto& encoder = results.encoders[i];
    const auto best = encoder.best();
    const auto& run = study.encoders[i].runs[best].embed;
    if (run.empty()) {
      log::info("{}: no t-SNE figure, since study.toml has no embed_{}", encoder.name, kExtractions[best]);
      continue;
    }
    const auto& reports = *encoder.by_extraction[best];
    const auto layout = tsne(read_embeddings(run, reports), options);
    draw_tsne_figure(fmt::format("{} ({})", encoder.name, kExtractionHeadings[best]),
                     fmt::format("t-SNE of {} reports: perplexity {}, {} iterations, seed {}, KL divergence {:.3f}",
                                 reports.ids.size(), options.perplexity, layout.iterations, options.seed, layout.kl_divergence),
                     layout, reports.classes, figures / tsne_file(encoder.name, i + 1));
    log::info("{}: t-SNE of its {} embeddings is in {}", encoder.name, kExtractions[best], figures.string());
  }
}

struct FiguresOptions {
  fs::path study;
  TsneOptions tsne;
};

int draw_figures(const FiguresOptions& options) {
  const auto study = read_study(options.study);
  const auto figures = study.folder / "figures";
  fs::create_directories(figures);
  if (!study.arms.empty()) draw_arms(study, figures);
  if (!study.encoders.empty()) draw_encoders(study, options.tsne, figures);
  if (!study.methods.empty()) draw_generation_figures(read_generation(study), figures);
  return kDone;
}

} // namespace

Subcommand figures_command(CLI::App& parent) {
  const auto options = std::make_shared<FiguresOptions>();
  auto* app = parent.add_subcommand("figures", "Figures 1, 3, 4 and 6 to 8 from a study's runs, PNG and SVG");
  app->add_option("study", options->study, "the study's folder, with study.toml")->required();
  app->add_option("--perplexity", options->tsne.perplexity, "of t-SNE: how many neighbours a report has, effectively")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app->add_option("--iterations", options->tsne.iterations, "of t-SNE, at most")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app->add_option("--starts", options->tsne.starts, "of t-SNE: layouts to make, of which the one of least divergence is drawn")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app->add_option("--tsne-seed", options->tsne.seed, "of the noise in t-SNE's starts")->capture_default_str();
  return {app, [options] { return draw_figures(*options); }};
}

} // namespace cxr
