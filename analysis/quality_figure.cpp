#include <cmath>

#include <fmt/ranges.h>

#include "analysis/figures.h"
#include "analysis/gnuplot.h"
#include "analysis/quality_table.h"
#include "metrics/summary.h"

namespace cxr {
namespace {

constexpr int kBins = 24;

struct Range {
  double low, high;
};

/// The published mean and standard deviation of an arm's data set.
struct PublishedSpread {
  std::size_t arm;
  double mean, sd;
};

std::vector<PublishedSpread> published_spreads(const std::vector<ArmFigures>& arms, const Published& published, const QualityMetric& metric) {
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

std::string data_block(std::size_t panel, std::size_t arm, const std::vector<double>& values) {
  return fmt::format("$values_{}_{} << EOD\n{}\nEOD\n", panel, arm, fmt::join(sorted_finite(values), "\n"));
}

// A histogram an arm; above it, published means with whiskers of one SD.
std::string panel_script(std::size_t panel, const std::vector<ArmFigures>& arms, const Published& published) {
  const auto& metric = kQualityMetrics[panel];
  const auto spreads = published_spreads(arms, published, metric);
  const auto range = value_range(arms, spreads, metric);
  const double width = (range.high - range.low) / kBins;
  std::string data, plots;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const auto& values = arms[i].results.quality.at(metric.key);
    if (summarise(values).count == 0) continue;
    data += data_block(panel, i, values);
    plots += fmt::format("{}$values_{}_{} using (floor(($1-({low}))/{width})*{width}+{low}+{width}/2):(1) smooth frequency with boxes "
                         "fillcolor rgb {} linecolor rgb {} title {}",
                         plots.empty() ? "" : ", \\\n  ", panel, i, gnuplot::colour(i), gnuplot::colour(i), gnuplot::quoted(arms[i].arm.name),
                         fmt::arg("low", range.low), fmt::arg("width", width));
  }
  if (plots.empty()) plots = "NaN notitle";
  std::string spread_data;
  for (std::size_t k = 0; k < spreads.size(); ++k) {
    const auto& spread = spreads[k];
    spread_data += fmt::format("$published_{}_{} << EOD\n{} {} {}\nEOD\n", panel, k, spread.mean, 0.95 - 0.07 * static_cast<double>(k), spread.sd);
    plots += fmt::format(", \\\n  $published_{}_{} using 1:2:3 axes x1y2 with xerrorbars pointtype 7 pointsize 0.8 linewidth 2 "
                         "linecolor rgb {} title {}",
                         panel, k, gnuplot::colour(spread.arm), gnuplot::quoted("published mean ± SD, " + arms[spread.arm].arm.name));
  }
  return fmt::format("{}{}set xlabel {}\nset xrange [{}:{}]\nset yrange [0:*<1.35*{}]\nset y2range [0:1]\nplot {}\n", data, spread_data,
                     gnuplot::quoted(metric.label), range.low, range.high, 1, plots);
}

} // namespace

void draw_quality_figure(const std::vector<ArmFigures>& arms, const Published& published, const std::filesystem::path& target) {
  std::string script =
      "set multiplot layout 2,3 spacing 0.1,0.14 margins 0.06,0.98,0.1,0.97\n"
      "set style fill transparent solid 0.45\nset border 3\nset tics nomirror out\nset xtics autofreq\nset boxwidth 1.0 relative\n"
      "set key top left Left reverse samplen 1.5 font ',8'\nset ylabel 'pairs' offset 1\nset ytics autofreq\nset offsets 0,0,graph 0.45,0\n";
  for (std::size_t panel = 0; panel < kQualityMetrics.size(); ++panel) script += panel_script(panel, arms, published);
  gnuplot::draw(target, 960, 560, script + "unset multiplot\n");
}

} // namespace cxr
