#include "data_prep/phantom/scene.h"

namespace cxr::phantom {
namespace {

/// Free fluid: it fills the costophrenic angle first, and its upper border climbs along the chest wall as a meniscus.
void draw_effusion(Scene& scene, int s, float severity) {
  const Anatomy& a = scene.anatomy;
  const float level = mix(a.chest_bottom - 0.075F, a.dome[s][18].y - 0.16F, severity), climb = mix(0.07F, 0.13F, severity);
  const float layer = scene.uniform(0.010F, 0.018F) * (1 + severity);
  scene.everywhere([&](std::size_t i, Point p) {
    const float wall = scene.inside[s][i];
    if (wall <= -0.002F) return;
    const float lateral = std::max(0.F, a.wall(p.y) - kSides[s] * p.x), medial = std::max(0.F, kSides[s] * p.x - 0.05F);
    const float surface = level - climb * std::exp(-lateral / 0.06F) - 0.3F * climb * std::exp(-medial / 0.04F);
    const float depth = p.y - surface;
    // The fluid is a wedge around the lung: thin at its upper border, the whole depth of the chest a little lower.
    const float fluid = 0.95F * std::sqrt(smooth_step(-0.015F, 0.08F + 0.05F * severity, depth));
    const float sheet = 0.55F * smooth_step(-0.16F, 0.02F, depth) * smooth_step(layer, 0.3F * layer, wall);
    scene.filling[i] = std::max({scene.filling[i], fluid, sheet});
  });
}

/// Free air around a lung that has shrunk towards its hilum and base: no markings beyond a fine line, the visceral pleura.
void draw_pneumothorax(Scene& scene, const Finding& finding, int s) {
  const Anatomy& a = scene.anatomy;
  const float side = kSides[s], base = a.chest_bottom + 0.05F, wave = scene.uniform(0, 6);
  const float apical = 0.07F + 0.20F * finding.severity, lateral = 0.02F + 0.26F * finding.severity * finding.severity;
  Curve shrunken = a.cavity[s];
  for (Point& p : shrunken) {
    const float high = smooth_step(base, a.chest_top, p.y), outer = std::max(0.F, side * p.x - 0.05F);
    const float ripple = 1 + 0.10F * std::sin(wave + 19 * p.y);
    p.x = side * (side * p.x - outer * std::min(0.7F, (lateral + 0.10F * high) * ripple));
    p.y += (base - p.y) * apical * high;
  }
  const Plane lung = signed_distance(a.pose(shrunken), scene.size());
  const float width = std::max(0.0020F, 0.8F / static_cast<float>(scene.size()));
  scene.everywhere([&](std::size_t i, Point p) {
    if (scene.inside[s][i] <= 0 || side * p.x < 0.04F) return;
    const float free = smooth_step(0.001F, -0.001F, lung[i]);
    // The lung behind the line has lost some of its air.
    const float squeezed = (0.04F + 0.14F * finding.severity) * smooth_step(0.14F, 0.F, lung[i]);
    scene.inflated[i] = std::min(scene.inflated[i], 1 - free);
    scene.filling[i] = (1 - free) * (1 - (1 - scene.filling[i]) * (1 - squeezed));
    scene.soft[i] += 1.2F * std::max(0.F, 1 - std::abs(lung[i]) / width) * std::min(1.F, scene.lung[i] / 3);
  });
}

/// A rind along the chest wall and over the apex.
void draw_thickening(Scene& scene, const Finding& finding, int s) {
  const Anatomy& a = scene.anatomy;
  const Plane noise = fractal_noise(scene.size(), a.texture_key + 500, 12, 3, 0.5F);
  const float thick = 0.016F + 0.022F * finding.severity;
  scene.everywhere([&](std::size_t i, Point p) {
    if (scene.inside[s][i] <= 0) return;
    const float outer = smooth_step(0.06F, 0.13F, kSides[s] * p.x) * smooth_step(0.25F, 0.6F, kSides[s] * p.x / a.wall(p.y));
    const float cap = 1 + 0.9F * smooth_step(a.chest_top + 0.10F, a.chest_top, p.y);
    const float here = thick * cap * (1 + 0.45F * noise[i]) * outer;
    const float rind = 0.62F * outer * smooth_step(here + 0.004F, here - 0.004F, scene.inside[s][i]);
    scene.filling[i] = std::max(scene.filling[i], rind);
  });
}

} // namespace

void draw_pleural_disease(Scene& scene, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    const float other = scene.uniform(-0.3F, 0.1F); // bilateral effusions differ in size
    for (int s = 0; s < 2; ++s) {
      if (!affects(finding.side, s)) continue;
      if (finding.kind == kPleuralEffusion)
        draw_effusion(scene, s, std::clamp(finding.severity + other * static_cast<float>(s), 0.F, 1.F));
      if (finding.kind == kPneumothorax) draw_pneumothorax(scene, finding, s);
      if (finding.kind == kPleuralOther) draw_thickening(scene, finding, s);
    }
  }
}

} // namespace cxr::phantom
