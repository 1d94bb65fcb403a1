/// @file
/// What lies along the ray behind each pixel, in layers that the drawing functions add to.
#pragma once

#include <array>
#include <vector>

#include "core/rng.h"
#include "data_prep/phantom/anatomy.h"
#include "data_prep/phantom/canvas.h"

namespace cxr::phantom {

/// The layers of one radiograph while it is drawn, all size × size.
struct Scene {
  Scene(const Anatomy& patient, rng::Generator& generator, int size)
      : anatomy(patient),
        random(generator),
        brush(size),
        soft(size),
        lung(size),
        filling(size),
        inflated(size, 1),
        markings(size),
        bone(size),
        metal(size),
        inside{Plane(size), Plane(size)},
        below{Plane(size), Plane(size)} {}

  const Anatomy& anatomy;
  rng::Generator& random;
  Brush brush;
  Plane soft;                  ///< cm of body along the ray, were there no lungs
  Plane lung;                  ///< cm of pleural space along the ray
  Plane filling;               ///< share of the lung's air that fluid or cells have replaced, 0 … 1
  Plane inflated;              ///< 0 where the pleural space holds free air instead of lung
  Plane markings;              ///< cm of vessels and lines in the lung
  Plane bone;                  ///< cm of water that bone adds
  Plane metal;                 ///< cm of water that devices add
  std::array<Plane, 2> inside; ///< signed distance to the border of each pleural space
  std::array<Plane, 2> below;  ///< signed distance to each dome of the diaphragm, positive in the abdomen

  int size() const { return soft.size(); }

  /// Draws a curve in patient coordinates as a tube.
  template <typename Profile>
  void tube(Plane& out, const Curve& curve, float radius, float gain, Profile profile) {
    std::vector<StrokeNode> nodes;
    for (Point p : curve) nodes.push_back({anatomy.pose(p), radius * anatomy.pose.scale, gain});
    brush.draw(out, nodes, profile);
  }

  /// Calls visit(pixel index, patient coordinates) for the pixels within `reach` of `centre` along x and y.
  template <typename Visit>
  void around(Point centre, float reach, Visit visit) {
    const Point at = anatomy.pose(centre);
    const float n = static_cast<float>(size()), half = reach * anatomy.pose.scale * 1.1F;
    const auto pixel = [&](float v) { return static_cast<int>(std::clamp(v * n, 0.F, n)); };
    for (int y = pixel(at.y - half); y < pixel(at.y + half + 1 / n); ++y) {
      const std::size_t row = static_cast<std::size_t>(y) * size();
      const Point first = anatomy.pose.inverse({soft.centre(0), soft.centre(y)});
      const Point step = anatomy.pose.inverse({soft.centre(0) + 1, soft.centre(y)}) - first;
      for (int x = pixel(at.x - half); x < pixel(at.x + half + 1 / n); ++x) {
        visit(row + x, first + step * (static_cast<float>(x) / n));
      }
    }
  }
  template <typename Visit>
  void everywhere(Visit visit) {
    around({}, 2, visit);
  }

  float uniform(float low, float high) { return static_cast<float>(random.uniform(low, high)); }
  float normal(float deviation) { return static_cast<float>(random.normal()) * deviation; }
};

/// The share of its greatest thickness that a rounded body has at distance d from its border, if it is `width` deep there.
inline float rounded(float d, float width) {
  const float rest = 1 - std::clamp(d / width, 0.F, 1.F);
  return std::sqrt(1 - rest * rest);
}

/// Body, lungs, heart, great vessels, airways, breasts, bowel gas.
void draw_soft_tissue(Scene& scene);
/// Spine, ribs, clavicles, scapulae, humeri. @param fracture the finding to draw, or nullptr
void draw_skeleton(Scene& scene, const Finding* fracture);
/// Arteries and veins branching from the hila, and the fine texture between them. @param congestion 0 … 1: fullness of the upper
/// lobes
void draw_lung_markings(Scene& scene, float congestion);
/// Findings in the lung: opacity, consolidation, pneumonia, edema, atelectasis, lesion.
void draw_lung_disease(Scene& scene, const std::vector<Finding>& findings);
/// Findings in the pleural space: effusion, pneumothorax, thickening.
void draw_pleural_disease(Scene& scene, const std::vector<Finding>& findings);
/// Tubes, lines, pacemaker, leads, wires.
void draw_devices(Scene& scene, unsigned devices);

} // namespace cxr::phantom
