#include "analysis/report_losses.h"

#include <charconv>
#include <cmath>

#include "analysis/html.h"
#include "core/error.h"
#include "io/csv.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

struct LossPoint {
  double step, loss;
};

constexpr double kWidth = 640, kHeight = 260, kLeft = 56, kRight = 10, kTop = 10, kBottom = 30; // of the drawing, and its margins
constexpr std::size_t kMostPoints = 320;                                                        // two of its units a point

double csv_number(const CsvTable& table, std::size_t row, std::size_t column) {
  const auto& text = table.at(row, column);
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size())
    throw InputError(table.name(), fmt::format("line {}, {}", table.line(row), table.header()[column]), "a number", text);
  return number;
}

std::vector<LossPoint> read_losses(const fs::path& file) {
  const auto table = CsvTable::read(file);
  const auto step = table.column("step"), loss = table.column("loss");
  std::vector<LossPoint> points;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const LossPoint point = {csv_number(table, row, step), csv_number(table, row, loss)};
    if (std::isfinite(point.loss)) points.push_back(point);
  }
  return points;
}

/// The mean of the `window` losses up to each, or of those there are.
std::vector<LossPoint> smoothed(const std::vector<LossPoint>& points, std::size_t window) {
  std::vector<LossPoint> means;
  double sum = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    sum += points[i].loss;
    if (i >= window) sum -= points[i - window].loss;
    means.push_back({points[i].step, sum / static_cast<double>(std::min(i + 1, window))});
  }
  return means;
}

/// 1, 2 or 5 times a power of ten, of which about `count` lie in a range.
double tick_distance(double range, double count) {
  const double rough = range / count, power = std::pow(10, std::floor(std::log10(rough)));
  const double digit = rough / power;
  return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

/// Where steps and losses are in the drawing.
class LossScale {
 public:
  explicit LossScale(const std::vector<LossPoint>& points) {
    const auto [low, high] = std::ranges::minmax(points, {}, &LossPoint::loss);
    first_ = points.front().step;
    last_ = std::max(points.back().step, first_ + 1);
    low_ = std::min(low.loss, 0.0); // losses are squares: how far above 0 they are counts
    high_ = high.loss > low_ ? high.loss : low_ + 1;
  }

  std::string polyline(const std::vector<LossPoint>& points, const char* kind) const {
    const auto stride = (points.size() + kMostPoints - 1) / kMostPoints;
    std::string list;
    for (std::size_t i = 0; i < points.size(); i += stride)
      list += fmt::format("{:.1f},{:.1f} ", x(points[i].step), y(points[i].loss));
    list += fmt::format("{:.1f},{:.1f}", x(points.back().step), y(points.back().loss));
    return fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", kind, list);
  }

  std::string axes() const {
    std::string html;
    const double loss_distance = tick_distance(high_ - low_, 4), step_distance = std::max(tick_distance(last_ - first_, 6), 1.0);
    for (double loss = std::ceil(low_ / loss_distance) * loss_distance; loss <= high_; loss += loss_distance) {
      html += fmt::format("<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>", kLeft, kWidth - kRight,
                          y(loss));
      html += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.3g}</text>\n", kLeft - 6, y(loss) + 4,
                          std::abs(loss) < loss_distance / 2 ? 0 : loss);
    }
    for (double step = std::ceil(first_ / step_distance) * step_distance; step <= last_; step += step_distance) {
      html +=
          fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.0f}</text>\n", x(step), kHeight - kBottom + 16, step);
    }
    return html;
  }

 private:
  double x(double step) const { return kLeft + (step - first_) / (last_ - first_) * (kWidth - kLeft - kRight); }
  double y(double loss) const { return kTop + (high_ - loss) / (high_ - low_) * (kHeight - kTop - kBottom); }

  double first_, last_, low_, high_;
};

std::string curve_html(const std::vector<LossPoint>& points, const std::string& name, const std::string& what) {
  const auto window = std::max<std::size_t>(points.size() / 20, 1);
  const auto means = smoothed(points, window);
  const LossScale scale(points);
  return fmt::format(
      "<figure class=\"losses\"><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Loss by step of {}\">\n{}{}{}</svg>\n"
      "<figcaption><code>{}</code>{}: loss by step; pale each step, dark the mean of the last {}; {:.4g} at the end.</figcaption>"
      "</figure>\n",
      kWidth, kHeight, html_escape(name), scale.axes(), scale.polyline(points, "each"), scale.polyline(means, "mean"),
      html_escape(name), what.empty() ? "" : fmt::format(" ({})", html_escape(what)), window, means.back().loss);
}

} // namespace

std::string losses_html(const std::vector<RunRecord>& records, const ReportView& view) {
  std::string html;
  for (const auto& record : records) {
    if (record.command.empty() || !record.command.front().starts_with("train") || !fs::exists(record.path / "loss.csv")) continue;
    const auto points = read_losses(record.path / "loss.csv");
    if (points.size() > 1) html += curve_html(points, view.path(record.path), view.text(record.what));
  }
  return html;
}

} // namespace cxr
