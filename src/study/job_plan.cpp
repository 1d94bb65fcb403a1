#include "study/slurm_launcher.h"

#include <set>

#include <fmt/ranges.h>

#include "core/error.h"

namespace cxr::study {
namespace {

/// "12" of "12_3"; the same of "12".
std::string array_of(const std::string& job) { return job.substr(0, job.find('_')); }

} // namespace

JobPlan::JobPlan(const StudyFile& study, const std::vector<bool>& is_left, std::vector<std::string> queued, Packing packing)
    : study_(study), is_left_(is_left), jobs_(std::move(queued)), packing_(std::move(packing)) {}

std::vector<std::size_t> JobPlan::waited_for(std::size_t step) const {
  std::vector<std::size_t> waited;
  for (const auto need : study_.steps[step].needs) {
    if (!jobs_[need].empty() || is_left_[need]) waited.push_back(need);
  }
  return waited;
}

bool JobPlan::corresponds(const std::vector<std::size_t>& steps) const {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto waited = waited_for(steps[i]);
    if (waited.size() != 1 || jobs_[waited[0]] != fmt::format("{}_{}", array_of(jobs_[waited[0]]), i)) return false;
    if (array_of(jobs_[waited[0]]) != array_of(jobs_[waited_for(steps[0])[0]])) return false;
  }
  return true;
}

std::vector<std::size_t> JobPlan::packed_with(std::size_t first) const {
  std::vector<std::size_t> pack = {first};
  if (packing_.most < 2 || packing_.kind[first] < 0) return pack;
  std::set<std::string> waited; // jobs: a step that waits for another one would hold the rest up
  for (const auto need : waited_for(first)) waited.insert(jobs_[need]);
  auto seconds = packing_.expected[first];
  const auto may_join = [&](std::size_t i) {
    if (i == first || !is_left_[i] || packing_.kind[i] != packing_.kind[first]) return false;
    if (seconds + packing_.expected[i] > packing_.seconds) return false;
    return std::ranges::all_of(
        waited_for(i), [&](auto need) { return waited.contains(jobs_[need]) || std::ranges::find(pack, need) != pack.end(); });
  };
  for (const auto i : study_.order) { // each behind those that it needs, within the pack as well
    if (pack.size() == static_cast<std::size_t>(packing_.most)) break;
    if (!may_join(i)) continue;
    pack.push_back(i);
    seconds += packing_.expected[i];
  }
  return pack;
}

std::vector<std::size_t> JobPlan::next() {
  const auto is_ready = [&](std::size_t i) {
    return is_left_[i] && std::ranges::all_of(study_.steps[i].needs, [&](auto need) { return !is_left_[need]; });
  };
  const auto first = std::ranges::find_if(study_.order, is_ready);
  is_pack_ = false;
  if (first == study_.order.end()) return {};
  if (auto pack = packed_with(*first); pack.size() > 1) {
    is_pack_ = true;
    return pack;
  }
  std::vector<std::size_t> alike;
  for (const auto i : study_.order) {
    if (is_left_[i] && study_.steps[i].section == study_.steps[*first].section) alike.push_back(i);
  }
  if (alike.size() > 1 && std::ranges::all_of(alike, is_ready)) {
    const auto common = waited_for(*first);
    const bool is_common = std::ranges::all_of(alike, [&](auto i) { return waited_for(i) == common; });
    if (is_common || corresponds(alike)) return alike;
  }
  return {*first};
}

std::string JobPlan::dependency(const std::vector<std::size_t>& steps) const {
  if (!is_pack_ && steps.size() > 1 && waited_for(steps[0]) != waited_for(steps[1]))
    return "aftercorr:" + array_of(jobs_[waited_for(steps[0])[0]]);
  std::set<std::string> jobs;
  for (const auto need : waited_for(steps[0])) jobs.insert(jobs_[need]); // those of a pack wait for nothing else
  return jobs.empty() ? "" : fmt::format("afterok:{}", fmt::join(jobs, ":"));
}

void JobPlan::submitted(const std::vector<std::size_t>& steps, const std::string& job) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    is_left_[steps[i]] = false;
    jobs_[steps[i]] = steps.size() == 1 || is_pack_ ? job : fmt::format("{}_{}", job, i);
  }
}

} // namespace cxr::study
