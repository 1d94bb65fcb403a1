#include "data_prep/phantom/phantom_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cxr::phantom {
namespace {

class Writer {
 public:
  explicit Writer(rng::Generator& random) : random_(random) {}

  bool chance(double probability) { return random_.uniform() < probability; }
  std::string one_of(std::vector<std::string> choices) { return choices[random_.below(choices.size())]; }

  /// The finding as a noun phrase: "small left pleural effusion".
  std::string name(const Finding& finding) {
    const auto side = side_of(finding), zone = zone_of(finding), size = size_of(finding);
    switch (finding.kind) {
      case kEnlargedCardiomediastinum:
        return one_of({"widening of the mediastinum", "enlarged cardiomediastinal silhouette", "mediastinal widening"});
      case kCardiomegaly:
        return fmt::format("{} {}", degree_of(finding), one_of({"cardiomegaly", "enlargement of the cardiac silhouette"}));
      case kLungOpacity:
        return fmt::format("{} {} {}", side, finding.side == Side::kBoth ? zone + " zone" : zone + " lung",
                           one_of({"hazy opacities", "patchy opacities", "airspace opacities"}));
      case kLungLesion:
        return finding.severity > 0.75F
                   ? fmt::format("{} {} lobe mass", side, zone)
                   : fmt::format("{} {} lobe {}", side, zone, one_of({"pulmonary nodule", "nodule", "nodular lesion"}));
      case kEdema:
        return fmt::format("{} {}", degree_of(finding),
                           one_of({"pulmonary edema", "interstitial pulmonary edema", "pulmonary vascular congestion with edema"}));
      case kConsolidation:
        return fmt::format("{} {} consolidation", side, zone_lobe(finding));
      case kPneumonia:
        return fmt::format("{} {} pneumonia", side, zone_lobe(finding));
      case kAtelectasis:
        return fmt::format("{} {}", side,
                           one_of({"basilar atelectasis", "plate-like atelectasis", "linear atelectasis at the base"}));
      case kPneumothorax:
        return fmt::format("{} {} pneumothorax", size, side);
      case kPleuralEffusion:
        return fmt::format("{} {} pleural effusion{}", size, side, finding.side == Side::kBoth ? "s" : "");
      case kPleuralOther:
        return fmt::format("{} {}", side, one_of({"pleural thickening", "apical and lateral pleural thickening"}));
      case kFracture:
        return fmt::format("displaced {} rib fracture{}", side, finding.severity > 0.4F ? "s" : "");
      default:
        return devices_of(finding);
    }
  }

  std::string assertion(const Finding& finding) {
    const auto what = name(finding);
    if (finding.uncertain) {
      return one_of({"Possible {}.", "Findings may represent {}.", "{} cannot be excluded.", "Questionable {}."}, what);
    }
    if (finding.kind == kConsolidation || finding.kind == kPneumonia) {
      return one_of({"Airspace opacity compatible with {}.", "Focal opacity consistent with {}.", "Dense opacity representing {}."},
                    what);
    }
    if (finding.kind == kSupportDevices)
      return one_of({"{} in place.", "{} in satisfactory position.", "{} unchanged in position."}, what);
    return one_of({"{}.", "{} noted.", "There is evidence of {}.", "Findings consistent with {}."}, what);
  }

 private:
  std::string one_of(std::vector<std::string> patterns, const std::string& what) {
    const auto pattern = patterns[random_.below(patterns.size())];
    auto sentence = pattern;
    sentence.replace(pattern.find("{}"), 2, what);
    sentence[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence[0])));
    return sentence;
  }
  static std::string side_of(const Finding& f) {
    return f.side == Side::kBoth ? "bilateral" : f.side == Side::kRight ? "right" : "left";
  }
  static std::string zone_of(const Finding& f) {
    return f.zone == Zone::kUpper ? "upper" : f.zone == Zone::kMiddle ? "mid" : "lower";
  }
  static std::string zone_lobe(const Finding& f) { return f.zone == Zone::kMiddle ? "midlung" : zone_of(f) + " lobe"; }
  static std::string size_of(const Finding& f) { return f.severity < 0.35F ? "small" : f.severity < 0.7F ? "moderate" : "large"; }
  static std::string degree_of(const Finding& f) { return f.severity < 0.35F ? "mild" : f.severity < 0.7F ? "moderate" : "severe"; }
  static std::string devices_of(const Finding& f) {
    std::vector<std::string> names;
    if (f.devices & kEndotrachealTube) names.emplace_back("endotracheal tube");
    if (f.devices & kNasogastricTube) names.emplace_back("nasogastric tube");
    if (f.devices & kCentralLine) names.emplace_back("central venous catheter");
    if (f.devices & kPacemaker) names.emplace_back("pacemaker");
    if (f.devices & kChestTube) names.emplace_back("chest tube");
    if (f.devices & kSternalWires) names.emplace_back("median sternotomy wires");
    if (f.devices & kLeads) names.emplace_back("monitoring leads");
    return fmt::format("{}", fmt::join(names, ", "));
  }

  rng::Generator& random_;
};

/// Absent findings that a radiologist mentions to exclude them: a phrase each.
constexpr std::array<std::pair<FindingKind, const char*>, 5> kDenials = {{{kPneumothorax, "pneumothorax"},
                                                                          {kPleuralEffusion, "pleural effusion"},
                                                                          {kConsolidation, "focal consolidation"},
                                                                          {kEdema, "pulmonary edema"},
                                                                          {kPneumonia, "pneumonia"}}};

/// A denial must not contradict its neighbours: pneumonia and consolidation look alike.
bool may_deny(FindingKind kind, const std::vector<Finding>& findings) {
  const bool airspace = find(findings, kConsolidation) || find(findings, kPneumonia) || find(findings, kLungOpacity);
  return !find(findings, kind) && !(airspace && (kind == kConsolidation || kind == kPneumonia));
}

std::string describe(const std::vector<Finding>& findings, Writer& writer) {
  std::vector<std::string> sentences = {writer.one_of({"Frontal view of the chest.", "Single frontal radiograph of the chest.",
                                                       "AP view of the chest.", "A frontal view was obtained."})};
  for (const Finding& finding : findings) sentences.push_back(writer.assertion(finding));
  if (!find(findings, kCardiomegaly) && !find(findings, kEnlargedCardiomediastinum)) {
    sentences.push_back(writer.one_of({"The cardiomediastinal silhouette is within normal limits.", "Heart size is normal.",
                                       "Cardiac and mediastinal contours are unremarkable."}));
  }
  if (!find(findings, kFracture))
    sentences.push_back(writer.one_of(
        {"No acute osseous abnormality.", "The visualized bones are intact.", "Osseous structures are unremarkable."}));
  return fmt::format("{}", fmt::join(sentences, " "));
}

} // namespace

Report write_report(const std::vector<Finding>& findings, rng::Generator& random) {
  Writer writer(random);
  std::vector<std::string> impression;
  const bool normal = std::ranges::all_of(findings, [](const Finding& f) { return f.kind == kSupportDevices; });
  if (normal) {
    impression.push_back(writer.one_of({"No acute cardiopulmonary process.", "No acute cardiopulmonary abnormality.",
                                        "Normal chest radiograph.", "Clear lungs. No acute disease."}));
  }
  auto ordered = findings; // the gravest first, devices last
  std::ranges::stable_sort(ordered, [](const Finding& a, const Finding& b) {
    return std::pair(a.kind == kSupportDevices, -a.severity) < std::pair(b.kind == kSupportDevices, -b.severity);
  });
  for (const Finding& finding : ordered) impression.push_back(writer.assertion(finding));

  std::vector<FindingKind> denied;
  std::vector<std::string> denials;
  for (const auto& [kind, phrase] : kDenials) {
    if (!may_deny(kind, findings) || !writer.chance(0.35)) continue;
    denied.push_back(kind);
    denials.emplace_back(phrase);
  }
  if (!denials.empty()) impression.push_back(fmt::format("No {}.", fmt::join(denials, " or ")));

  Report report;
  report.impression = fmt::format("{}", fmt::join(impression, " "));
  report.report = fmt::format("FINDINGS:\n{}\n\nIMPRESSION:\n{}\n", describe(findings, writer), report.impression);
  report.labels = labels_of(findings, denied);
  return report;
}

} // namespace cxr::phantom
