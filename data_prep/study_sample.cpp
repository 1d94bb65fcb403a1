#include "data_prep/study_sample.h"

#include "core/error.h"
#include "core/log.h"
#include "core/rng.h"

namespace cxr {
namespace {

// "Pleural Other has 31 such reports, 50 are wanted; Fracture has 12"; empty if no class has too few.
std::string shortages(const std::vector<std::vector<std::size_t>>& classes, std::int64_t wanted) {
  std::string told;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    if (std::ssize(classes[k]) >= wanted) continue;
    const auto line = fmt::format("{} has {}", kCheXpertLabels[k], classes[k].size());
    told += told.empty() ? fmt::format("{} such reports, {} are wanted", line, wanted) : "; " + line;
  }
  return told;
}

} // namespace

std::optional<std::size_t> only_positive_label(const Labels& labels) {
  const auto first = std::ranges::find(labels, kPositive);
  if (first == labels.end() || std::find(first + 1, labels.end(), kPositive) != labels.end()) return std::nullopt;
  return static_cast<std::size_t>(first - labels.begin());
}

std::vector<std::size_t> study_sample(std::span<const Labels> reports, const StudySampleOptions& options,
                                      const std::string& where) {
  std::vector<std::vector<std::size_t>> classes(kCheXpertLabels.size());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (const auto label = only_positive_label(reports[i])) classes[*label].push_back(i);
  }
  const auto told = shortages(classes, options.per_class);
  if (!told.empty() && !options.allow_fewer) {
    throw InputError(
        where, "",
        fmt::format("{} reports a class with no other positive label (--allow-fewer takes what is there)", options.per_class),
        told);
  }
  if (!told.empty()) log::warn("{}: all are taken", told);
  std::vector<std::size_t> sample;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    for (const auto i :
         rng::sample_without_replacement(std::ssize(classes[k]), options.per_class, options.seed, rng::Stream::kStudySample, k)) {
      sample.push_back(classes[k][static_cast<std::size_t>(i)]);
    }
  }
  std::ranges::sort(sample);
  return sample;
}

} // namespace cxr
