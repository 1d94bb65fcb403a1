/// @file
/// What is wrong in a phantom: which of CheXpert's labels it shows, where and how badly.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/rng.h"

namespace cxr::phantom {

/// Positions in kCheXpertLabels (src/data/image_set.h).
enum FindingKind : int {
  kNoFinding,
  kEnlargedCardiomediastinum,
  kCardiomegaly,
  kLungOpacity,
  kLungLesion,
  kEdema,
  kConsolidation,
  kPneumonia,
  kAtelectasis,
  kPneumothorax,
  kPleuralEffusion,
  kPleuralOther,
  kFracture,
  kSupportDevices,
};

enum class Side { kRight, kLeft, kBoth }; ///< the patient's: right is on the picture's left
enum class Zone { kUpper, kMiddle, kLower };

/// What the label "Support Devices" is drawn as; a set of bits.
enum Device : unsigned {
  kEndotrachealTube = 1,
  kNasogastricTube = 2,
  kCentralLine = 4,
  kPacemaker = 8,
  kLeads = 16,
  kChestTube = 32,
  kSternalWires = 64,
};

struct Finding {
  FindingKind kind = kNoFinding;
  float severity = 0.5F; ///< 0 subtle … 1 gross
  Side side = Side::kBoth;
  Zone zone = Zone::kLower;
  bool uncertain = false; ///< the report hedges: label -1
  unsigned devices = 0;
};

/// Whether side s (0 the patient's right, 1 the left) is affected.
bool affects(Side side, int s);

/// Draws which findings a study has, with frequencies near those of CheXpert's positive labels (Irvin et al. 2019, table 1).
std::vector<Finding> sample_findings(rng::Generator& random);

/// Draws place and severity of the findings named.
std::vector<Finding> place_findings(const std::vector<int>& kinds, rng::Generator& random);

/// The finding of a kind, or nullptr.
const Finding* find(const std::vector<Finding>& findings, FindingKind kind);

/// How a report tells of consolidations and pneumonias.
enum class Airspace {
  kAsOpacity, ///< as opacities that stand for them, which makes "Lung Opacity" positive too
  kByName,    ///< by their names alone
};

/// CheXpert's labels for the findings. What the report denies (`denied`) is 0, what it leaves out is -2.
std::array<std::int8_t, 14> labels_of(const std::vector<Finding>& findings, const std::vector<FindingKind>& denied,
                                      Airspace airspace);

} // namespace cxr::phantom
