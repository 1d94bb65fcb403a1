#include <cmath>

#include <fmt/ranges.h>

#include "analysis/figures.h"
#include "io/gnuplot.h"
#include "analysis/quality_table.h"
#include "metrics/summary.h"

namespace cxr {
namespace {

constexpr int kBins = 24;
constexpr const char* kContinued = ", \\\n  "; // of gnuplot's plot command
constexpr const char* kWhiskers = "pointtype 7 pointsize 0.8 linewidth 2";

struct Range {
  double low, high;
};

/// The published mean and standard deviation of an arm's data set.
struct PublishedSpread {
  std::size_t arm;
  double mean, sd;
};

std::vector<PublishedSpread> published_spreads(const std::vector<ArmFigures>& arms, const Published& published,
                                               const QualityMetric& metric) {
  std::vector<PublishedSpread> spreads;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const auto mean = published.quality(arms[i].arm.dataset, metric.published, "mean");
    const auto sd = published.quality(arms[i].arm.dataset, metric.published, "sd");
    if (mean && sd) spreads.push_back({i, *mean, *sd});
  }
  return spreads;
}

// Of all arms' finite values and the published spreads, with a margin; never empty.
Range value_range(const std::vector<ArmFigures>& arms, const std::vector<PublishedSpread>& spreads, const QualityMetric& metric) {
  std::vector<double> ends;
  for (const auto& arm : arms) {
    const auto summary = summarise(arm.results.quality.at(metric.key));
    if (summary.count > 0) ends.insert(ends.end(), {summary.min, summary.max});
  }
  for (const auto& spread : spreads) ends.insert(ends.end(), {spread.mean - spread.sd, spread.mean + spread.sd});
  if (ends.empty()) return {0, 1};
  const auto [low, high] = std::minmax_element(ends.begin(), ends.end());
  const double margin = std::max(0.05 * (*high - *low), 1e-3 * std::max(std::abs(*high), 1e-3));
  return {*low - margin, *high + margin};
}

// A histogram an arm; above it, published means with whiskers of one SD.
std::string panel_script(std::size_t panel, const std::vector<ArmFigures>& arms, const Published& published) {
  const auto& metric = kQualityMetrics[panel];
  const auto spreads = published_spreads(arms, published, metric);
  const auto range = value_range(arms, spreads, metric);
  std::string data, plots;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const auto values = sorted_finite(arms[i].results.quality.at(metric.key));
    if (values.empty()) continue;
    data += fmt::format("$values_{}_{} << EOD\n{}\nEOD\n", panel, i, fmt::join(values, "\n"));
    plots += fmt::format("{}$values_{}_{} using 1 bins={} binrange [{}:{}] with boxes linecolor rgb {}",
                         plots.empty() ? "" : kContinued, panel, i, kBins, range.low, range.high, gnuplot::colour(i));
  }
  if (plots.empty()) plots = "NaN";
  std::string spread_data;
  for (std::size_t k = 0; k < spreads.size(); ++k) {
    const auto& spread = spreads[k];
    spread_data += fmt::format("$published_{}_{} << EOD\n{} {} {}\nEOD\n", panel, k, spread.mean,
                               0.95 - 0.07 * static_cast<double>(k), spread.sd);
    plots += fmt::format("{}$published_{}_{} using 1:2:3 axes x1y2 with xerrorbars {} linecolor rgb {}", kContinued, panel, k,
                         kWhiskers, gnuplot::colour(spread.arm));
  }
  return fmt::format("{}{}set xlabel {}\nset xrange [{}:{}]\nset yrange [0:*]\nset y2range [0:1]\nplot {}\n", data, spread_data,
                     gnuplot::quoted(metric.label), range.low, range.high, plots);
}

// One for all panels: a plot over the whole figure of which only the key shows.
std::string legend_script(const std::vector<ArmFigures>& arms, bool with_published) {
  std::string entries;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    entries += fmt::format("{}keyentry with boxes linecolor rgb {} title {}", kContinued, gnuplot::colour(i),
                           gnuplot::quoted(arms[i].arm.name));
  }
  if (with_published) {
    entries +=
        fmt::format("{}keyentry with xerrorbars {} linecolor rgb 'black' title 'published mean ± SD'", kContinued, kWhiskers);
  }
  return "set origin 0,0\nset size 1,1\nset margins screen 0.02,screen 0.98,screen 0,screen 0.98\nunset border\nunset tics\n"
         "unset xlabel\nunset ylabel\nset key top center horizontal Left reverse samplen 2\nset xrange [0:1]\nset yrange [0:1]\n"
         "plot NaN notitle" +
         entries + "\n";
}

} // namespace

void draw_quality_figure(const std::vector<ArmFigures>& arms, const Published& published, const std::filesystem::path& target) {
  std::string script =
      "set multiplot layout 2,3 spacing 0.06,0.13 margins 0.075,0.985,0.1,0.91\n"
      "set style fill transparent solid 0.45\nset border 3\nset tics nomirror out\nset boxwidth 1.0 relative\n"
      "set offsets 0,0,graph 0.2,0\n" // room for the published values
      "unset key\nset ylabel 'pairs'\n";
  for (std::size_t panel = 0; panel < kQualityMetrics.size(); ++panel) {
    script += panel_script(panel, arms, published);
    script += panel % 3 == 2 ? "set ylabel 'pairs'\n" : "unset ylabel\n"; // at the left of each row
  }
  const bool with_published = !published_spreads(arms, published, kQualityMetrics.front()).empty();
  script += legend_script(arms, with_published);
  gnuplot::draw(target, 960, 560, script + "unset multiplot\n");
}

} // namespace cxr
