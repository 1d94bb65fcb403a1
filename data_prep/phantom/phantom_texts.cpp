#include "data_prep/phantom/phantom_texts.h"

#include "data/text_set_writer.h"

namespace cxr {
namespace phantom {
namespace {

/// A finding that the report leaves open, beside one of `kind`.
Finding open_finding(FindingKind kind, rng::Generator& random) {
  constexpr int kFindings = kSupportDevices - kEnlargedCardiomediastinum;
  int other = kEnlargedCardiomediastinum + static_cast<int>(random.below(kFindings));
  if (other == kind) other = other == kFracture ? kEnlargedCardiomediastinum : other + 1;
  auto finding = place_findings({other}, random).front();
  finding.severity *= 0.45F; // what is gross is not in doubt
  finding.uncertain = true;
  return finding;
}

} // namespace

Report single_label_report(std::uint64_t seed, std::int64_t number) {
  const auto sample = static_cast<std::uint64_t>(number);
  rng::Generator random(seed, rng::Stream::kPhantom, sample), words(seed, rng::Stream::kPhantom, ~sample);
  const auto kind = static_cast<FindingKind>(number % std::ssize(kCheXpertLabels));
  auto findings = place_findings({kind}, random);
  for (Finding& finding : findings) finding.uncertain = false;
  const double open = kind == kNoFinding ? 0 : kind == kSupportDevices ? 1 : 0.25;
  if (random.uniform() < open) findings.push_back(open_finding(kind, random));
  const auto denied = draw_denied(findings, random);
  return write_report(findings, denied, Airspace::kByName, words);
}

} // namespace phantom

void write_phantom_texts(const PhantomTextOptions& options) {
  const auto id = [&](std::int64_t number) { return fmt::format("phantom-report-{}-{:06}", options.seed, number); };
  TextSetPlan plan;
  plan.rows = options.per_class * std::ssize(kCheXpertLabels);
  plan.id_bytes = std::ssize(id(plan.rows - 1));
  plan.has_labels = true;
  plan.attributes = {
      {"source", "phantom"},
      {"seed", fmt::format("{}", options.seed)},
      {"program_version", CXR_VERSION},
      {"configuration", fmt::format("seed = {}\nreports = true\nper-class = {}\n", options.seed, options.per_class)}};
  TextSetWriter writer(options.out, std::move(plan));
  for (std::int64_t number = 0; number < options.per_class * std::ssize(kCheXpertLabels); ++number) {
    auto report = phantom::single_label_report(options.seed, number);
    writer.add({std::move(report.impression), id(number), report.labels});
  }
  writer.finish();
}

} // namespace cxr
