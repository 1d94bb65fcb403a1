#include "study/cost.h"

namespace cxr::study {
namespace {

/// What one more unit takes, between two runs; 0 where noise makes it less.
double slope(double x0, double y0, double x1, double y1) { return x1 > x0 ? std::max((y1 - y0) / (x1 - x0), 0.) : 0.; }

} // namespace

CostModel fit_cost(const std::vector<Measurement>& runs) {
  CostModel model;
  if (runs.empty()) return model;
  const auto& least = runs.front();
  const auto* more = &least; // the run with most units
  for (const auto& run : runs) {
    model.peak_memory_bytes = std::max(model.peak_memory_bytes, run.peak_memory_bytes);
    if (run.size.inner == least.size.inner && run.size.units > more->size.units) more = &run;
  }
  model.unit = slope(least.size.units, least.seconds, more->size.units, more->seconds);
  model.disk_unit =
      slope(least.size.units, static_cast<double>(least.disk_bytes), more->size.units, static_cast<double>(more->disk_bytes));
  for (const auto& run : runs) {
    if (run.size.inner != least.size.inner && run.size.units == more->size.units)
      model.inner = slope(more->size.inner, more->seconds, run.size.inner, run.seconds) / run.size.units;
  }
  model.start = std::max(least.seconds - model.unit * least.size.units, 0.);
  model.unit = std::max(model.unit - model.inner * least.size.inner, 0.); // the runs' own inner steps are in it
  model.disk_start = std::max(static_cast<double>(least.disk_bytes) - model.disk_unit * least.size.units, 0.);
  return model;
}

StepCost step_cost(const CostModel& model, const Workload& work, int ranks) {
  const int sharing = work.most_ranks > 0 ? std::clamp(static_cast<int>(work.most_ranks), 1, ranks) : ranks;
  const double units = work.unit == "steps" ? work.units / sharing : std::ceil(work.units / sharing);
  StepCost cost{.seconds = model.start + units * (model.unit + model.inner * work.inner),
                .rank_seconds = 0,
                .ranks = sharing,
                .disk_bytes = 0,
                .peak_memory_bytes = model.peak_memory_bytes};
  cost.rank_seconds = cost.seconds * sharing;
  cost.disk_bytes = model.disk_start + model.disk_unit * work.units;
  return cost;
}

} // namespace cxr::study
