#include <numbers>

#include "data_prep/phantom/scene.h"

namespace cxr::phantom {
namespace {

/// A bone of a tube's shape: a dense cortex around a lighter marrow. `gain` is cm of water, of which the edges show most.
void draw_bone(Scene& scene, const std::vector<StrokeNode>& nodes, float marrow = 0.35F) {
  scene.brush.draw(scene.bone, nodes, [marrow](float q) { return 0.8F * shell_profile(q) + marrow * round_profile(q); });
}

std::vector<StrokeNode> bone_nodes(const Scene& scene, const Curve& curve, float radius, float gain) {
  std::vector<StrokeNode> nodes;
  for (Point p : curve) nodes.push_back({scene.anatomy.pose(p), radius * scene.anatomy.pose.scale, gain});
  return nodes;
}

/// A rib from angle `from` to `to`, shifted by `shift`. Its front part is flatter and fades towards the cartilage.
void draw_rib_part(Scene& scene, int rib, float side, float from, float to, Point shift) {
  const Anatomy& a = scene.anatomy;
  const int steps = std::max(4, static_cast<int>((to - from) * 16));
  std::vector<StrokeNode> nodes;
  for (int i = 0; i <= steps; ++i) {
    const float angle = mix(from, to, static_cast<float>(i) / static_cast<float>(steps));
    const float front = smooth_step(1.5F, 1.9F, angle),
                fade = 1 - smooth_step(a.ribs.front_end[rib] - 0.25F, a.ribs.front_end[rib], angle);
    // Ribs are flat: at the side of the chest they are seen edge-on.
    const float edge_on = 1 - 0.42F * std::pow(std::sin(angle), 8.F);
    const float radius =
        mix(0.0118F, 0.0142F, front) * edge_on * (rib == 0 ? 0.9F : 1.F) * (0.75F + 0.25F * smooth_step(0, 0.35F, angle));
    const float gain = mix(1.45F, 0.95F, front) * (0.25F + 0.75F * fade) * (0.35F + 0.65F * smooth_step(0.F, 0.30F, angle)) *
                       std::pow(a.ribs.obliquity(rib, angle), 0.75F);
    nodes.push_back({a.pose(a.ribs.at(rib, side, angle) + shift), radius * a.pose.scale, gain});
  }
  draw_bone(scene, nodes, 0.30F);
}

void draw_ribs(Scene& scene, const Finding* fracture) {
  const int first_broken = !fracture ? -1 : fracture->zone == Zone::kUpper ? 3 : fracture->zone == Zone::kMiddle ? 5 : 7;
  const int count = !fracture ? 0 : 1 + static_cast<int>(fracture->severity * 2.5F);
  const float line = scene.uniform(0.75F, 1.1F); // the angle of the break: where the rib turns from the back to the side
  for (int s = 0; s < 2; ++s) {
    const bool hurt_side = fracture && affects(fracture->side, s);
    for (int rib = 0; rib < RibCage::kRibs; ++rib) {
      const float side = kSides[s], end = scene.anatomy.ribs.front_end[rib];
      const bool broken = hurt_side && rib >= first_broken && rib < first_broken + count;
      if (!broken) {
        draw_rib_part(scene, rib, side, 0.05F, end, {});
        continue;
      }
      const float step = 0.018F + 0.014F * fracture->severity;
      draw_rib_part(scene, rib, side, 0.05F, line + 0.015F, {});
      draw_rib_part(scene, rib, side, line + 0.035F, end, {-side * 0.008F, step});
      const Point callus = scene.anatomy.ribs.at(rib, side, line);
      scene.tube(scene.bone, {callus, callus + Point{0, step}}, 0.015F, 0.9F, soft_profile);
    }
  }
}

/// One vertebra: body with end plates, pedicles seen end-on, spinous process.
void draw_vertebra(Scene& scene, Point c, float half_width, float half_height, float lean, float grown) {
  scene.around(c, 1.3F * half_width, [&](std::size_t i, Point p) {
    const float dx = (p.x - c.x) / half_width, dy = (p.y - c.y - lean * (p.x - c.x)) / half_height;
    const float waist = 1 - 0.10F * (1 - std::min(dy * dy, 1.F)); // bodies are narrow at mid-height
    const float x = std::abs(dx) / waist, y = std::abs(dy);
    if (x > 1.05F || y > 1.05F) return;
    const float soft = (1 - smooth_step(0.86F, 1.05F, x)) * (1 - smooth_step(0.80F, 1.05F, y));
    const float plates = smooth_step(0.70F, 0.90F, y), cortex = smooth_step(0.82F, 0.95F, x);
    scene.bone[i] += soft * (0.45F + (0.10F + 0.22F * grown) * plates + 0.22F * cortex);
  });
  const float ring = half_height * 0.36F;
  for (float side : kSides) {
    Curve pedicle;
    for (int k = 0; k <= 10; ++k) {
      const float angle = 2 * kPi * static_cast<float>(k) / 10;
      pedicle.push_back(c + Point{side * half_width * 0.66F + 0.8F * ring * std::cos(angle),
                                  -0.18F * half_height + 1.25F * ring * std::sin(angle)});
    }
    scene.tube(scene.bone, pedicle, 0.0045F, 0.28F, soft_profile);
    // Transverse processes reach out towards the ribs.
    draw_bone(scene, bone_nodes(scene,
                                {c + Point{side * half_width * 0.9F, -0.2F * half_height},
                                 c + Point{side * half_width * 1.65F, -0.5F * half_height}},
                                0.008F, 0.35F));
  }
  scene.tube(scene.bone, {c + Point{0, 0.15F * half_height}, c + Point{0.001F, 0.85F * half_height}}, 0.0075F, 0.7F, shell_profile);
}

void draw_spine(Scene& scene) {
  const float curve = scene.normal(0.006F), phase = scene.uniform(0, kPi);
  float y = -0.53F, pitch = 0.040F;
  while (y < 0.56F) {
    const float grown = smooth_step(-0.5F, 0.4F, y);
    const float x = curve * std::sin(phase + 3 * y), width = mix(0.028F, 0.045F, grown);
    draw_vertebra(scene, {x, y}, width, 0.5F * pitch * 0.84F, curve * std::cos(phase + 3 * y) * 3, grown);
    y += pitch;
    pitch = mix(0.040F, 0.068F, grown);
  }
}

void draw_shoulder(Scene& scene, float side) {
  const Anatomy& a = scene.anatomy;
  const float lift = scene.uniform(-0.035F, 0.015F), top = a.chest_top;
  const Curve clavicle = smooth_open(on_side({{0.028F, top + 0.125F},
                                              {0.075F, top + 0.112F},
                                              {0.16F, top + 0.077F + 0.4F * lift},
                                              {0.25F, top + 0.028F + 0.8F * lift},
                                              {0.33F, top + 0.008F + lift},
                                              {0.385F, top + 0.012F + lift}},
                                             side));
  auto nodes = bone_nodes(scene, clavicle, 0.0138F, 2.8F);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const float along = static_cast<float>(i) / static_cast<float>(nodes.size() - 1);
    nodes[i].radius *= 1.25F - 0.55F * std::sin(kPi * std::min(along * 1.15F, 1.F));
  }
  draw_bone(scene, nodes);

  const float out = scene.uniform(0.0F, 0.05F), drop = lift; // arms rolled forward carry the scapulae off the lungs
  const Curve medial = smooth_open(on_side(
      {{0.27F + out, top + 0.06F + drop}, {0.262F + out, top + 0.14F}, {0.285F + out, top + 0.26F}, {0.325F + out, top + 0.385F}},
      side));
  const Curve lateral = smooth_open(on_side(
      {{0.325F + out, top + 0.385F}, {0.35F + out, top + 0.27F}, {0.385F + 0.5F * out, top + 0.16F}, {0.405F, top + 0.10F + drop}},
      side));
  Curve blade = medial;
  blade.insert(blade.end(), lateral.begin(), lateral.end());
  blade.push_back({side * 0.395F, top + 0.045F + drop});
  const Plane inside = signed_distance(a.pose(blade), scene.size());
  for (std::size_t i = 0; i < inside.count(); ++i) scene.bone[i] += 0.40F * smooth_step(0, 0.008F, inside[i]);
  scene.tube(scene.bone, medial, 0.004F, 0.55F, soft_profile);
  scene.tube(scene.bone, lateral, 0.008F, 1.3F, soft_profile);
  draw_bone(scene, bone_nodes(scene,
                              smooth_open(on_side({{0.275F + out, top + 0.075F + drop},
                                                   {0.34F, top + 0.035F + drop},
                                                   {0.415F, top + 0.005F + drop},
                                                   {0.432F, top + 0.022F + drop}},
                                                  side)),
                              0.012F, 1.1F));
  draw_bone(scene, bone_nodes(scene, on_side({{0.352F, top + 0.055F + drop}, {0.385F, top + 0.075F + drop}}, side), 0.013F,
                              1.0F)); // coracoid

  const Point head{side * 0.437F, top + 0.085F + drop};
  const Curve humerus = smooth_open(
      {head, head + Point{side * 0.022F, 0.05F}, head + Point{side * 0.045F, 0.16F}, head + Point{side * 0.08F, 0.45F}});
  auto shaft = bone_nodes(scene, humerus, 0.021F, 2.6F);
  for (std::size_t i = 0; i < shaft.size(); ++i) shaft[i].radius *= i < 8 ? 1.75F - 0.094F * static_cast<float>(i) : 1.F;
  draw_bone(scene, shaft, 0.5F);
}

} // namespace

void draw_skeleton(Scene& scene, const Finding* fracture) {
  draw_spine(scene);
  for (float side : kSides) draw_shoulder(scene, side);
  blur(scene.bone, 0.0016F); // thick bones far from the detector have no sharp edges
  draw_ribs(scene, fracture);
  const Plane trabeculae = fractal_noise(scene.size(), scene.anatomy.texture_key + 600, 24, 4, 0.8F);
  for (std::size_t i = 0; i < trabeculae.count(); ++i) scene.bone[i] *= 1 + 0.22F * trabeculae[i];
}

} // namespace cxr::phantom
