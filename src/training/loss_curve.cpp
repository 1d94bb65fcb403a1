#include "training/loss_curve.h"

#include "io/gnuplot.h"

namespace cxr {
namespace {

constexpr std::size_t kMostPoints = 2000; ///< a picture has no more columns

} // namespace

std::vector<double> running_mean(std::span<const StepRecord> records, std::size_t window) {
  std::vector<double> means;
  double sum = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    sum += records[i].loss;
    if (i >= window) sum -= records[i - window].loss;
    means.push_back(sum / static_cast<double>(std::min(i + 1, window)));
  }
  return means;
}

void draw_loss_curve(std::span<const StepRecord> records, const std::filesystem::path& target) {
  if (records.size() < 2) return; // a point is no curve
  const auto window = std::max<std::size_t>(records.size() / 20, 1);
  const auto means = running_mean(records, window);
  const auto stride = (records.size() + kMostPoints - 1) / kMostPoints;
  std::string data = "$losses << EOD\n";
  for (std::size_t i = 0; i < records.size(); i += stride) {
    data += fmt::format("{} {} {}\n", records[i].step, records[i].loss, means[i]);
  }
  gnuplot::draw(target, 640, 400,
                fmt::format("{}EOD\nset xlabel 'step'\nset ylabel 'loss'\nset grid ytics linecolor rgb '#d0d0d0'\n"
                            "set border 3 linecolor rgb '#b0b0b0'\nset tics nomirror\n"
                            "plot $losses using 1:2 with lines linecolor rgb '#b0c8e0' title 'each step', \\\n"
                            "  $losses using 1:3 with lines linewidth 2 linecolor rgb {} title 'mean of {} steps'\n",
                            data, gnuplot::colour(0), window));
}

} // namespace cxr
