#include <numbers>

#include "data_prep/phantom/scene.h"

namespace cxr::phantom {
namespace {

/// The middle of a zone of one lung.
Point zone_centre(const Scene& scene, int s, Zone zone) {
  const Anatomy& a = scene.anatomy;
  const float share = zone == Zone::kUpper ? 0.27F : zone == Zone::kMiddle ? 0.52F : 0.76F;
  const float floor = mix(a.dome[s][20].y, a.chest_bottom, 0.25F);
  const float y = mix(a.chest_top, floor, share);
  return {kSides[s] * (0.09F + 0.45F * (a.wall(y) - 0.09F)), y};
}

/// Raises the filling to `value`: two diseases in one place do not add up to more than either alone would almost fill.
void fill(float& filling, float value) { filling = 1 - (1 - filling) * (1 - value); }

/// An ill-defined density around `centre`: a bell of radius `reach`, broken up by noise.
/// @param patchiness 0 for an even haze, 1 for islands with air between them
void draw_patch(Scene& scene, const Plane& noise, Point centre, Point reach, float strength, float patchiness) {
  scene.around(centre, 1.9F * std::max(reach.x, reach.y), [&](std::size_t i, Point p) {
    const float q = length({(p.x - centre.x) / reach.x, (p.y - centre.y) / reach.y}) * (1 + 0.22F * noise[i]);
    const float bell = smooth_step(1.55F, 0.25F, q);
    const float islands = mix(1.F, smooth_step(-0.35F, 0.55F, noise[i] + 0.35F * (1 - q)), patchiness);
    fill(scene.filling[i], std::clamp(strength * bell * islands, 0.F, 0.95F));
  });
}

/// Hazy patches that do not hide the vessels.
void draw_opacity(Scene& scene, const Finding& finding, const Plane& noise) {
  for (int s = 0; s < 2; ++s) {
    if (!affects(finding.side, s)) continue;
    const int patches = 2 + static_cast<int>(scene.random.below(3));
    for (int k = 0; k < patches; ++k) {
      const Point centre = zone_centre(scene, s, finding.zone) + Point{scene.normal(0.045F), scene.normal(0.055F)};
      const float reach = scene.uniform(0.045F, 0.085F) * (0.8F + 0.5F * finding.severity);
      draw_patch(scene, noise, centre, {reach, reach * scene.uniform(0.8F, 1.2F)}, 0.20F + 0.32F * finding.severity, 0.55F);
    }
  }
}

/// Dense, with branching bronchi that still hold air.
void draw_consolidation(Scene& scene, const Finding& finding, const Plane& noise, float strength, float patchiness) {
  for (int s = 0; s < 2; ++s) {
    if (!affects(finding.side, s)) continue;
    const Point centre = zone_centre(scene, s, finding.zone) + Point{scene.normal(0.02F), scene.normal(0.025F)};
    const float reach = 0.065F + 0.06F * finding.severity;
    draw_patch(scene, noise, centre, {1.05F * reach, reach}, strength, patchiness);
    draw_patch(scene, noise, centre + Point{scene.normal(0.03F), scene.normal(0.03F)}, {0.6F * reach, 0.6F * reach},
               0.5F * strength, patchiness);
    const Point root = mix(scene.anatomy.hilum[s], centre, 0.35F);
    for (int k = 0; k < 5; ++k) {
      const float angle = kPi * scene.uniform(-0.28F, 0.28F);
      const Point away = centre - root;
      const Point turn{away.x * std::cos(angle) - away.y * std::sin(angle), away.x * std::sin(angle) + away.y * std::cos(angle)};
      const Curve bronchus =
          smooth_open({root + turn * 0.25F, root + turn * 0.7F + Point{scene.normal(0.006F), scene.normal(0.006F)},
                       root + turn * scene.uniform(0.9F, 1.2F)});
      scene.tube(scene.filling, bronchus, scene.uniform(0.0028F, 0.0048F), -0.10F * strength, soft_profile);
    }
  }
}

/// Fluid in the interstitium: a haze that fades from the hila like wings, blurred vessels, Kerley B lines at the bases.
void draw_edema(Scene& scene, const Finding& finding, const Plane& noise) {
  for (int s = 0; s < 2; ++s) {
    if (!affects(finding.side, s)) continue;
    const Point h = scene.anatomy.hilum[s] + Point{kSides[s] * 0.035F, 0.055F};
    const float strength = 0.22F + 0.38F * finding.severity;
    scene.around(h, 0.40F, [&](std::size_t i, Point p) {
      const float q = length({(p.x - h.x) / 0.19F, (p.y - h.y) / 0.24F});
      const float islands = 0.75F + 0.45F * noise[i];
      fill(scene.filling[i], std::clamp(strength * std::exp(-1.1F * q * q) * islands + 0.07F * finding.severity, 0.F, 0.9F));
      scene.markings[i] += (0.35F + 0.5F * finding.severity) * std::max(0.F, noise[i]) * std::exp(-0.8F * q * q);
    });
    const int lines = 6 + static_cast<int>(8 * finding.severity);
    for (int k = 0; k < lines; ++k) {
      const float y = scene.anatomy.chest_bottom - scene.uniform(0.02F, 0.19F), wall = scene.anatomy.wall(y) - 0.004F;
      const Curve line = {{kSides[s] * wall, y}, {kSides[s] * (wall - scene.uniform(0.025F, 0.045F)), y + scene.normal(0.003F)}};
      scene.tube(scene.markings, line, 0.0016F, 0.8F + 0.8F * finding.severity, soft_profile);
    }
    for (int k = 0; k < 3; ++k) { // bronchi end-on, their walls thickened
      const Point c = scene.anatomy.hilum[s] + Point{kSides[s] * scene.uniform(0.02F, 0.08F), scene.uniform(-0.06F, 0.07F)};
      Curve ring;
      for (int j = 0; j <= 12; ++j)
        ring.push_back(c + Point{std::cos(kPi * static_cast<float>(j) / 6), std::sin(kPi * static_cast<float>(j) / 6)} * 0.0065F);
      scene.tube(scene.markings, ring, 0.0028F, 0.75F, soft_profile);
    }
  }
}

/// Plates of collapsed lung above the diaphragm; the dome is raised where the anatomy was drawn.
void draw_atelectasis(Scene& scene, const Finding& finding, const Plane& noise) {
  for (int s = 0; s < 2; ++s) {
    if (!affects(finding.side, s)) continue;
    const Point crest = scene.anatomy.dome[s][18];
    const int plates = 2 + static_cast<int>(2.5F * finding.severity);
    for (int k = 0; k < plates; ++k) {
      const Point from{kSides[s] * scene.uniform(0.09F, 0.15F),
                       crest.y - scene.uniform(0.015F, 0.05F) - 0.026F * static_cast<float>(k)};
      const float reach = scene.uniform(0.09F, 0.17F) * (0.8F + 0.4F * finding.severity), slope = scene.uniform(-0.10F, 0.35F);
      const Curve plate = smooth_open({from, from + Point{kSides[s] * 0.5F * reach, 0.5F * slope * reach - 0.006F},
                                       from + Point{kSides[s] * reach, slope * reach}});
      const float thick = scene.uniform(0.006F, 0.012F), dense = 0.17F + 0.20F * finding.severity;
      std::vector<StrokeNode> nodes;
      for (std::size_t i = 0; i < plate.size(); ++i) {
        const float swell = std::sin(kPi * (static_cast<float>(i) + 0.5F) / static_cast<float>(plate.size()));
        nodes.push_back({scene.anatomy.pose(plate[i]), thick * (0.35F + 0.65F * swell) * scene.anatomy.pose.scale, dense * swell});
      }
      scene.brush.draw(scene.filling, nodes, soft_profile);
    }
    draw_patch(scene, noise, crest + Point{0, 0.005F}, {0.12F, 0.035F}, 0.22F + 0.28F * finding.severity, 0.3F);
  }
}

/// A nodule or mass: a ball with a slightly lobed, sometimes spiculated border.
void draw_lesion(Scene& scene, const Finding& finding, const Plane& noise) {
  const int s = affects(finding.side, 0) ? 0 : 1;
  const Point centre = zone_centre(scene, s, finding.zone) + Point{kSides[s] * scene.uniform(-0.03F, 0.07F), scene.normal(0.03F)};
  const float radius = 0.015F + 0.035F * finding.severity * finding.severity + scene.uniform(0, 0.005F);
  scene.around(centre, 1.5F * radius, [&](std::size_t i, Point p) {
    const float q = length(p - centre) / radius * (1 + 0.10F * noise[i]);
    if (q < 1) scene.markings[i] += 3.0F * radius * kCentimetres * std::pow(1 - q * q, 0.5F);
  });
  if (scene.random.uniform() > 0.5) return;
  for (int k = 0; k < 14; ++k) {
    const float angle = 2 * kPi * scene.uniform(0, 1);
    const Point out{std::cos(angle), std::sin(angle)};
    scene.tube(scene.markings, {centre + out * (0.8F * radius), centre + out * (radius * scene.uniform(1.3F, 1.8F))}, 0.0018F, 0.7F,
               soft_profile);
  }
}

} // namespace

void draw_lung_disease(Scene& scene, const std::vector<Finding>& findings) {
  const Plane noise = fractal_noise(scene.size(), scene.anatomy.texture_key + 400, 11, 5, 0.62F);
  for (const Finding& finding : findings) {
    switch (finding.kind) {
      case kLungOpacity:
        draw_opacity(scene, finding, noise);
        break;
      case kConsolidation:
        draw_consolidation(scene, finding, noise, 0.62F + 0.25F * finding.severity, 0.15F);
        break;
      case kPneumonia:
        draw_consolidation(scene, finding, noise, 0.42F + 0.3F * finding.severity, 0.75F);
        break;
      case kEdema:
        draw_edema(scene, finding, noise);
        break;
      case kAtelectasis:
        draw_atelectasis(scene, finding, noise);
        break;
      case kLungLesion:
        draw_lesion(scene, finding, noise);
        break;
      default:
        break;
    }
  }
}

} // namespace cxr::phantom
