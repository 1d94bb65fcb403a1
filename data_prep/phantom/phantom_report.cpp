#include "data_prep/phantom/phantom_report.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data_prep/phantom/common_phrases.h"
#include "data_prep/phantom/finding_phrases.h"

namespace cxr::phantom {
namespace {

/// Absent findings that a radiologist mentions to exclude them: a phrase each.
constexpr std::array<std::pair<FindingKind, Pattern>, 5> kDeniable = {{
    {kPneumothorax, "(pneumothorax|PTX)"},
    {kPleuralEffusion, "(pleural effusion|effusion|pleural effusions|pleural fluid)"},
    {kConsolidation, "(focal consolidation|consolidation|lobar consolidation)"},
    {kEdema, "(pulmonary edema|edema|vascular congestion|CHF)"},
    {kPneumonia, "(pneumonia|acute infection|infectious process)"},
}};

bool is_airspace(const Finding& finding) { return finding.kind == kConsolidation || finding.kind == kPneumonia; }
bool is_device(const Finding& finding) { return finding.kind == kSupportDevices; }

/// A denial must not contradict its neighbours: pneumonia and consolidation look alike.
bool may_deny(FindingKind kind, const std::vector<Finding>& findings) {
  const bool airspace = find(findings, kConsolidation) || find(findings, kPneumonia) || find(findings, kLungOpacity);
  return !find(findings, kind) && !(airspace && (kind == kConsolidation || kind == kPneumonia));
}

/// How many numbers of a phantom's sequence belong to the wording of a finding in one section.
int numbers_of(const Finding& finding) {
  switch (finding.kind) {
    case kEnlargedCardiomediastinum:
    case kCardiomegaly:
    case kLungOpacity:
    case kEdema:
    case kAtelectasis:
    case kPleuralOther:
      return 2;
    case kLungLesion:
      return finding.severity > 0.75F ? 1 : 2;
    default:
      return 1;
  }
}

class Writer {
 public:
  Writer(Airspace airspace, rng::Generator& words) : airspace_(airspace), words_(words) {}

  bool chance(double probability) { return words_.uniform() < probability; }
  std::string say(std::span<const Pattern> patterns) { return capitalised(expand(one_of(patterns, words_), {}, words_)); }

  /// A sentence that states the finding or leaves it open.
  std::string assertion(const Finding& finding) {
    const auto& phrases = phrases_of(finding.kind);
    auto fillers = fillers_of(finding);
    const auto& own = finding.uncertain ? phrases.doubts : phrases.claims;
    const bool opacity = airspace_ == Airspace::kAsOpacity && is_airspace(finding);
    if (!opacity && (is_device(finding) || chance(0.4))) return capitalised(expand(one_of(own, words_), fillers, words_));
    add(fillers, "name", "Name", one_of(phrases.names, words_));
    if (opacity) {
      add(fillers, "opacity", "Opacity", kOpacity);
      return expand(finding.uncertain ? one_of(kOpacityDoubts, words_) : one_of(kOpacityClaims, words_), fillers, words_);
    }
    return expand(finding.uncertain ? one_of(kDoubts, words_) : one_of(kClaims, words_), fillers, words_);
  }

  std::string remark(const Finding& finding) { return say(phrases_of(finding.kind).remarks); }

  std::string denial(const std::vector<FindingKind>& denied) {
    std::vector<std::string> names;
    for (const auto& [kind, name] : kDeniable) {
      if (std::ranges::count(denied, kind) != 0) names.push_back(expand(name, {}, words_));
    }
    const auto last = names.back();
    names.pop_back();
    const auto list = names.empty() ? last : fmt::format("{} or {}", fmt::join(names, ", "), last);
    return expand(one_of(kDenials, words_), {{"list", list}}, words_);
  }

  /// The sentence as one that compares with an earlier picture.
  std::string compared(std::string sentence) {
    const bool acronym = sentence.size() > 1 && std::isupper(static_cast<unsigned char>(sentence[1]));
    if (!acronym) sentence[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(sentence[0])));
    return fmt::format("{} {}", say(kComparisons), sentence);
  }

 private:
  void add(Fillers& fillers, const char* lower, const char* upper, Pattern pattern) {
    fillers[lower] = expand(pattern, fillers, words_);
    fillers[upper] = capitalised(fillers[lower]);
  }

  Airspace airspace_;
  rng::Generator& words_;
};

std::string impression_of(const std::vector<Finding>& findings, const std::vector<FindingKind>& denied, Writer& writer) {
  auto ordered = findings; // the gravest first, devices last
  std::ranges::stable_sort(ordered, {}, [](const Finding& f) { return std::pair(is_device(f), -f.severity); });
  std::vector<std::string> sentences;
  if (std::ranges::all_of(findings, is_device)) sentences.push_back(writer.say(kNormal));
  for (const Finding& finding : ordered) {
    sentences.push_back(writer.assertion(finding));
    if (writer.chance(0.25)) sentences.push_back(writer.remark(finding));
  }
  if (writer.chance(0.25)) sentences.front() = writer.compared(sentences.front());
  if (!denied.empty()) sentences.insert(writer.chance(0.25) ? sentences.begin() : sentences.end(), writer.denial(denied));
  if (writer.chance(0.3)) sentences.push_back(writer.say(kAsides));
  if (writer.chance(0.25)) sentences.push_back(writer.say(kClosings));
  if (sentences.size() > 1 && writer.chance(0.25)) {
    for (std::size_t i = 0; i < sentences.size(); ++i) sentences[i] = fmt::format("{}. {}", i + 1, sentences[i]);
  }
  return fmt::format("{}", fmt::join(sentences, " "));
}

std::string describe(const std::vector<Finding>& findings, Writer& writer) {
  std::vector<std::string> sentences = {writer.say(kTechniques)};
  for (const Finding& finding : findings) {
    sentences.push_back(writer.assertion(finding));
    if (writer.chance(0.3)) sentences.push_back(writer.remark(finding));
  }
  if (!find(findings, kCardiomegaly) && !find(findings, kEnlargedCardiomediastinum)) sentences.push_back(writer.say(kNormalHeart));
  if (writer.chance(0.5)) sentences.push_back(writer.say(kAsides));
  if (!find(findings, kFracture)) sentences.push_back(writer.say(kNormalBones));
  return fmt::format("{}", fmt::join(sentences, " "));
}

} // namespace

std::vector<FindingKind> draw_denied(const std::vector<Finding>& findings, rng::Generator& random) {
  const auto skip = [&](int numbers) {
    for (int i = 0; i < numbers; ++i) random.next_u64();
  };
  const auto of_findings =
      std::accumulate(findings.begin(), findings.end(), 0, [](int sum, const Finding& f) { return sum + numbers_of(f); });
  skip(of_findings + std::ranges::all_of(findings, is_device));
  std::vector<FindingKind> denied;
  for (const auto& [kind, name] : kDeniable) {
    if (may_deny(kind, findings) && random.uniform() < 0.35) denied.push_back(kind);
  }
  const bool normal_heart = !find(findings, kCardiomegaly) && !find(findings, kEnlargedCardiomediastinum);
  skip(1 + of_findings + normal_heart + !find(findings, kFracture));
  return denied;
}

Report write_report(const std::vector<Finding>& findings, const std::vector<FindingKind>& denied, Airspace airspace,
                    rng::Generator& words) {
  Writer writer(airspace, words);
  Report report;
  report.impression = impression_of(findings, denied, writer);
  report.labels = labels_of(findings, denied, airspace);
  const auto examination = writer.say(kExaminations), indication = writer.say(kIndications), details = describe(findings, writer);
  report.report =
      fmt::format(" FINAL REPORT\n EXAMINATION:  {}\n \n INDICATION:  {}\n \n FINDINGS: \n \n {}\n \n IMPRESSION: \n \n {}\n",
                  examination, indication, details, report.impression);
  return report;
}

} // namespace cxr::phantom
