#include "data_prep/phantom/findings.h"

#include <algorithm>

#include "data/image_set.h"

namespace cxr::phantom {
namespace {

/// How often a study that is not normal shows each label. Lung Opacity counts the patchy opacities that are drawn as such;
/// consolidations and pneumonias come on top.
constexpr std::array<double, 14> kFrequency = {0, .06, .16, .38, .06, .24, .09, .06, .18, .11, .40, .03, .06, .50};
constexpr double kNormal = 0.11;          ///< studies without any finding
constexpr double kDevicesInNormal = 0.25; ///< of these, those with a device: still "No Finding" in CheXpert

Side draw_side(rng::Generator& random, double both) {
  if (random.uniform() < both) return Side::kBoth;
  return random.uniform() < 0.53 ? Side::kRight : Side::kLeft;
}

Zone draw_zone(rng::Generator& random, double upper, double middle) {
  const double u = random.uniform();
  return u < upper ? Zone::kUpper : u < upper + middle ? Zone::kMiddle : Zone::kLower;
}

unsigned draw_devices(rng::Generator& random) {
  constexpr std::array<std::pair<Device, double>, 7> kDevices = {{{kEndotrachealTube, .30},
                                                                  {kNasogastricTube, .28},
                                                                  {kCentralLine, .50},
                                                                  {kPacemaker, .17},
                                                                  {kLeads, .45},
                                                                  {kChestTube, .10},
                                                                  {kSternalWires, .14}}};
  unsigned devices = 0;
  for (const auto& [device, frequency] : kDevices) {
    if (random.uniform() < frequency) devices |= device;
  }
  return devices != 0 ? devices : kCentralLine;
}

double share_on_both_sides(FindingKind kind) {
  switch (kind) {
    case kEdema:
      return 0.95;
    case kPleuralEffusion:
      return 0.35;
    case kLungOpacity:
    case kAtelectasis:
      return 0.40;
    case kPneumonia:
      return 0.20;
    case kConsolidation:
      return 0.12;
    default:
      return 0;
  }
}

Finding place(FindingKind kind, rng::Generator& random) {
  Finding finding{.kind = kind};
  finding.severity = static_cast<float>(random.uniform());
  finding.side = draw_side(random, share_on_both_sides(kind));
  const bool anywhere = kind == kLungLesion || kind == kFracture;
  finding.zone = anywhere ? draw_zone(random, 0.35, 0.35) : draw_zone(random, 0.15, 0.3);
  const bool can_hedge = kind != kSupportDevices && kind != kNoFinding && finding.severity < 0.45F;
  finding.uncertain = random.uniform() < (can_hedge ? 0.3 : 0);
  finding.devices = draw_devices(random) * (kind == kSupportDevices);
  return finding;
}

} // namespace

bool affects(Side side, int s) { return side != (s == 0 ? Side::kLeft : Side::kRight); }

std::vector<Finding> sample_findings(rng::Generator& random) {
  std::vector<int> kinds;
  if (random.uniform() < kNormal) {
    if (random.uniform() < kDevicesInNormal) kinds.push_back(kSupportDevices);
  } else {
    const auto abnormal = [&] { return std::ranges::any_of(kinds, [](int kind) { return kind != kSupportDevices; }); };
    while (!abnormal()) {
      kinds.clear();
      for (int kind = 1; kind < 14; ++kind) {
        if (random.uniform() < kFrequency[kind]) kinds.push_back(kind);
      }
    }
  }
  return place_findings(kinds, random);
}

std::vector<Finding> place_findings(const std::vector<int>& kinds, rng::Generator& random) {
  std::vector<Finding> findings;
  for (int kind : kinds) {
    if (kind != kNoFinding) findings.push_back(place(static_cast<FindingKind>(kind), random));
  }
  return findings;
}

const Finding* find(const std::vector<Finding>& findings, FindingKind kind) {
  const auto found = std::ranges::find(findings, kind, &Finding::kind);
  return found == findings.end() ? nullptr : &*found;
}

std::array<std::int8_t, 14> labels_of(const std::vector<Finding>& findings, const std::vector<FindingKind>& denied,
                                      Airspace airspace) {
  std::array<std::int8_t, 14> labels;
  labels.fill(kNotMentioned);
  for (FindingKind kind : denied) labels[kind] = kNegative;
  bool normal = true;
  for (const Finding& finding : findings) {
    labels[finding.kind] = finding.uncertain ? kUncertain : kPositive;
    const bool opacity = airspace == Airspace::kAsOpacity && (finding.kind == kConsolidation || finding.kind == kPneumonia);
    if (opacity) labels[kLungOpacity] = kPositive;
    normal = normal && finding.kind == kSupportDevices;
  }
  if (normal) labels[kNoFinding] = kPositive;
  return labels;
}

} // namespace cxr::phantom
