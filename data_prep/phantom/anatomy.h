/// @file
/// One patient: shapes and habitus, drawn from the seed before anything is rendered. Lengths in patient coordinates
/// (geometry.h), thicknesses along the ray in centimetres of water.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/rng.h"
#include "data_prep/phantom/findings.h"
#include "data_prep/phantom/geometry.h"

namespace cxr::phantom {

/// Sides are indexed 0 (the patient's right, x < 0) and 1 (left).
inline constexpr std::array<float, 2> kSides = {-1.F, 1.F};
inline constexpr float kCentimetres = 40; ///< of one unit of patient coordinates

/// The rib cage: rib k runs from the spine backwards, outwards and forwards; t is the angle along it in radians, 0 at the
/// spine, pi/2 at the side of the chest. Seen from the front its back part is nearly level and its front part falls.
struct RibCage {
  static constexpr int kRibs = 10;
  std::array<float, kRibs> half_width{}; ///< the farthest distance from the midline
  std::array<float, kRibs> height{};     ///< y at the spine
  std::array<float, kRibs> drop{};       ///< how much lower the front end is
  std::array<float, kRibs> front_end{};  ///< the angle where bone turns into cartilage

  Point at(int rib, float side, float angle) const;
  /// How much longer than wide a ray's way through the rib is there: large where the rib runs along the ray.
  float obliquity(int rib, float angle) const;
};

struct Anatomy {
  bool female = false;
  bool portable = false; ///< AP at the bedside: larger heart, less inspiration, leads and wires
  float habitus = 0.4F;  ///< 0 thin … 1 obese
  float lung_depth = 15; ///< centimetres of lung along the ray
  float body_depth = 22; ///< centimetres of body along the ray at the midline
  float carina = -0.12F; ///< y
  Pose pose;
  Curve torso;                  ///< closed
  std::array<Curve, 2> arms;    ///< closed
  std::array<Curve, 2> cavity;  ///< closed: the pleural space, reaching below the diaphragm
  std::array<Curve, 2> abdomen; ///< closed: everything below a dome of the diaphragm
  std::array<Curve, 2> dome;    ///< its upper edge, from the midline outwards
  Curve mediastinum;            ///< closed: the silhouette of heart and great vessels
  Curve heart;                  ///< closed: the heart alone
  std::array<Point, 2> hilum;
  std::array<Point, 2> costophrenic; ///< the costophrenic angles
  RibCage ribs;
  std::uint32_t texture_key = 0; ///< of all noise

  /// The lateral border of the pleural space at height y.
  float wall(float y) const;
  float chest_width = 1, chest_top = -0.4F, chest_bottom = 0.28F; ///< relative width; y of apices and costophrenic angles
};

Anatomy draw_anatomy(rng::Generator& random, const std::vector<Finding>& findings);

} // namespace cxr::phantom
