#include "data_prep/phantom/scene.h"

namespace cxr::phantom {
namespace {

/// The depth of the trunk at height y over its greatest: neck and shoulders are thin, the belly is thick.
float trunk_depth(float y) {
  return 0.56F + 0.12F * smooth_step(-0.50F, -0.36F, y) + 0.24F * smooth_step(-0.42F, 0.03F, y) +
         0.08F * smooth_step(0.0F, 0.3F, y);
}

void draw_body(Scene& scene) {
  const Anatomy& a = scene.anatomy;
  const Plane torso = signed_distance(a.pose(a.torso), scene.size());
  const std::array<Plane, 2> arms = {signed_distance(a.pose(a.arms[0]), scene.size()),
                                     signed_distance(a.pose(a.arms[1]), scene.size())};
  scene.everywhere([&](std::size_t i, Point p) {
    const float trunk = torso[i] <= 0 ? 0 : a.body_depth * trunk_depth(p.y) * rounded(torso[i], 0.11F);
    const float arm_distance = std::max(arms[0][i], arms[1][i]);
    const float arm = arm_distance <= 0 ? 0 : (8 + 4 * a.habitus) * rounded(arm_distance, 0.075F);
    scene.soft[i] = std::max(trunk, arm) + 0.06F * std::min(trunk, arm);
  });
  // Skin is a surface, but muscle and fat blend where arm and trunk meet.
  blur(scene.soft, 0.004F);
}

/// Lung depth: full in the middle of each side, rounded off at ribs and apex, cut off by the dome of the diaphragm, behind
/// which a little lung reaches deeper.
void draw_lungs(Scene& scene) {
  const Anatomy& a = scene.anatomy;
  for (int s = 0; s < 2; ++s) {
    scene.inside[s] = signed_distance(a.pose(a.cavity[s]), scene.size());
    scene.below[s] = signed_distance(a.pose(a.abdomen[s]), scene.size());
    Plane depth(scene.size());
    scene.everywhere([&](std::size_t i, Point p) {
      if (scene.inside[s][i] <= 0) return;
      const float high = mix(0.50F, 1.F, smooth_step(a.chest_top, a.chest_top + 0.36F, p.y));
      depth[i] = a.lung_depth * high * rounded(scene.inside[s][i], 0.12F);
    });
    blur(depth, 0.003F);
    scene.everywhere([&](std::size_t i, Point) {
      const float d = scene.below[s][i];
      const float cut = d < 0 ? 0.30F + 0.70F * rounded(-d, 0.16F) : 0.11F * (1 - smooth_step(-0.02F, 0.13F, d));
      scene.lung[i] += depth[i] * cut;
    });
  }
}

void draw_heart(Scene& scene) {
  const Anatomy& a = scene.anatomy;
  const Plane heart = signed_distance(a.pose(a.heart), scene.size());
  const Plane vessels = signed_distance(a.pose(a.mediastinum), scene.size());
  scene.everywhere([&](std::size_t i, Point) {
    const float beside = 1 - 0.84F * rounded(heart[i], 0.10F) * (heart[i] > 0);
    const float between = 1 - 0.93F * rounded(vessels[i], 0.085F) * (vessels[i] > 0);
    scene.lung[i] *= beside * between;
    // The heart is blood, a little denser than the fat and muscle around it.
    if (heart[i] > 0) scene.soft[i] += 0.4F * rounded(heart[i], 0.1F);
  });
}

void draw_airways(Scene& scene) {
  const Anatomy& a = scene.anatomy;
  const float sway = scene.uniform(-0.004F, 0.010F); // the aortic arch pushes the trachea to the patient's right
  const Point carina{-sway * 0.8F, a.carina};
  const Curve trachea = smooth_open({{0, -0.62F}, {0.001F, -0.42F}, {-0.3F * sway, -0.30F}, {-sway, -0.19F}, carina});
  std::vector<StrokeNode> nodes;
  const auto add = [&](const Curve& airway, float radius, float thinner, float air, float less) {
    for (std::size_t i = 0; i < airway.size(); ++i) {
      const float along = static_cast<float>(i) / static_cast<float>(std::max<std::size_t>(airway.size() - 1, 1));
      nodes.push_back({a.pose(airway[i]), mix(radius, thinner, along) * a.pose.scale, -mix(air, less, along)});
    }
  };
  // One stroke that goes back to the carina, so that the branches do not count twice where they meet.
  const Curve right = smooth_open({carina, carina + Point{-0.034F, 0.036F}, carina + Point{-0.066F, 0.086F}});
  const Curve left = smooth_open({carina, carina + Point{0.046F, 0.034F}, carina + Point{0.092F, 0.064F}});
  add(trachea, 0.0200F, 0.0185F, 2.1F, 1.5F);
  add(right, 0.0170F, 0.011F, 1.1F, 0.1F);
  add({carina}, 0.0170F, 0.0170F, 1.1F, 1.1F);
  add(left, 0.0160F, 0.010F, 1.1F, 0.1F);
  scene.brush.draw(scene.soft, nodes, round_profile);
}

/// A pocket of gas with a soft, uneven rim.
void draw_gas(Scene& scene, const Plane& ragged, Point centre, Point radii, float depth) {
  scene.around(centre, 2.5F * std::max(radii.x, radii.y), [&](std::size_t i, Point p) {
    const float q = length({(p.x - centre.x) / radii.x, (p.y - centre.y) / radii.y});
    scene.soft[i] -= depth * smooth_step(1.15F, 0.45F, q * (1 + 0.3F * std::clamp(ragged[i], -1.F, 1.F)));
  });
}

void draw_bowel_gas(Scene& scene) {
  const Anatomy& a = scene.anatomy;
  const Plane ragged = fractal_noise(scene.size(), a.texture_key + 300, 10, 3, 0.5F);
  const Point under = a.dome[1][static_cast<std::size_t>(scene.uniform(16, 24))];
  if (scene.random.uniform() < 0.8) {
    const float width = scene.uniform(0.03F, 0.075F), height = width * scene.uniform(0.4F, 0.75F);
    draw_gas(scene, ragged, under + Point{0, height + scene.uniform(0.012F, 0.025F)}, {width, height}, scene.uniform(2.5F, 6));
  }
  const int loops = static_cast<int>(scene.random.below(7));
  for (int k = 0; k < loops; ++k) {
    const float radius = scene.uniform(0.018F, 0.045F);
    draw_gas(scene, ragged, {scene.uniform(-0.1F, 0.32F), scene.uniform(0.28F, 0.5F)}, {radius, radius * scene.uniform(0.6F, 1)},
             scene.uniform(0.6F, 2.2F));
  }
}

/// Breasts lie over the lower lungs and end in a fold; pectoral muscles shade the upper outer lungs of everybody.
void draw_chest_wall(Scene& scene) {
  const Anatomy& a = scene.anatomy;
  const float breast = a.female ? scene.uniform(0.9F, 2.4F) * (0.6F + 0.8F * a.habitus) : scene.uniform(0, 0.5F) * a.habitus;
  const float fold = scene.uniform(0.14F, 0.23F), size = scene.uniform(0.14F, 0.18F);
  const float muscle = scene.uniform(0.5F, 1.8F) * (a.female ? 0.6F : 1.F);
  for (float side : kSides) {
    const Point centre{side * scene.uniform(0.20F, 0.225F), fold - size};
    scene.around(centre, 1.4F * size, [&](std::size_t i, Point p) {
      const float q = length({(p.x - centre.x) / (1.05F * size), (p.y - centre.y) / (p.y > centre.y ? size : 1.4F * size)});
      if (q < 1 && scene.soft[i] > 3) scene.soft[i] += breast * std::pow(1 - q * q, 0.65F) * (p.y > centre.y ? 1.F : 1 - 0.4F * q);
    });
    const Point pectoral{side * 0.27F, -0.20F};
    scene.around(pectoral, 0.26F, [&](std::size_t i, Point p) {
      const float q = length({(p.x - pectoral.x) / 0.17F, (p.y - pectoral.y) / 0.19F});
      if (q < 1) scene.soft[i] += muscle * (1 - q * q);
    });
  }
}

} // namespace

void draw_soft_tissue(Scene& scene) {
  draw_body(scene);
  draw_lungs(scene);
  draw_heart(scene);
  draw_airways(scene);
  draw_bowel_gas(scene);
  draw_chest_wall(scene);
  const Plane uneven = fractal_noise(scene.size(), scene.anatomy.texture_key, 5, 3, 0.5F);
  scene.everywhere([&](std::size_t i, Point) { scene.soft[i] *= 1 + 0.012F * uneven[i]; });
}

} // namespace cxr::phantom
