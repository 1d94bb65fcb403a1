#include <numbers>

#include "data_prep/phantom/scene.h"

namespace cxr::phantom {
namespace {

Curve ring(Point centre, float radius, float from = 0, float to = 2 * kPi) {
  Curve curve;
  for (int k = 0; k <= 20; ++k) {
    const float angle = mix(from, to, static_cast<float>(k) / 20);
    curve.push_back(centre + Point{std::cos(angle), std::sin(angle)} * radius);
  }
  return curve;
}

/// A plastic tube: faint walls and one dense stripe along it.
void draw_plastic_tube(Scene& scene, const Curve& curve, float radius, float strength) {
  scene.tube(scene.metal, curve, radius, 0.9F * strength, shell_profile);
  Curve stripe = curve;
  for (Point& p : stripe) p.x += 0.35F * radius;
  scene.tube(scene.metal, stripe, 0.0017F, 1.5F * strength, round_profile);
}

void draw_endotracheal_tube(Scene& scene) {
  const float tip = scene.anatomy.carina - scene.uniform(0.05F, 0.12F);
  draw_plastic_tube(scene, smooth_open({{0.012F, -0.62F}, {0.004F, -0.45F}, {-0.003F, -0.33F}, {-0.004F, tip}}), 0.0105F, 1.5F);
}

void draw_nasogastric_tube(Scene& scene) {
  const float end = scene.uniform(0.02F, 0.10F);
  draw_plastic_tube(scene,
                    smooth_open({{0.006F, -0.62F},
                                 {0.010F, -0.30F},
                                 {0.013F, -0.05F},
                                 {0.022F, 0.12F},
                                 {0.05F, 0.21F},
                                 {0.08F + end, 0.29F},
                                 {0.05F + end, 0.37F}}),
                    0.0048F, 1.6F);
}

void draw_central_line(Scene& scene) {
  const float tip = scene.anatomy.carina + scene.uniform(0.02F, 0.12F);
  const double way = scene.random.uniform();
  Curve line;
  if (way < 0.45) { // through the right internal jugular vein
    line = {{-0.13F, -0.50F}, {-0.085F, -0.43F}, {-0.058F, -0.33F}, {-0.043F, -0.22F}, {-0.042F, tip}};
  } else if (way < 0.75) { // from the right arm or subclavian vein
    line = {{-0.52F, -0.10F}, {-0.44F, -0.24F},  {-0.30F, -0.33F}, {-0.15F, -0.325F},
            {-0.07F, -0.26F}, {-0.043F, -0.18F}, {-0.044F, tip}};
  } else { // from the left
    line = {{0.50F, -0.14F},  {0.40F, -0.27F},   {0.27F, -0.335F}, {0.13F, -0.31F},
            {0.03F, -0.235F}, {-0.035F, -0.17F}, {-0.045F, tip}};
  }
  scene.tube(scene.metal, smooth_open(line), 0.0025F, 3.0F, round_profile);
}

void draw_pacemaker(Scene& scene) {
  const Anatomy& a = scene.anatomy;
  const float side = scene.random.uniform() < 0.85 ? 1.F : -1.F;
  const Point can{side * scene.uniform(0.235F, 0.285F), scene.uniform(-0.27F, -0.22F)};
  scene.around(can, 0.07F, [&](std::size_t i, Point p) {
    const float dx = std::abs(p.x - can.x) / 0.045F, dy = std::abs(p.y - can.y) / 0.040F;
    const float q = std::pow(dx * dx * dx + dy * dy * dy, 1 / 3.F);
    scene.metal[i] += (11 + 3 * smooth_step(0.75F, 0.9F, q)) * smooth_step(1.03F, 0.97F, q);
  });
  scene.around(can - Point{0, 0.047F}, 0.03F, [&](std::size_t i, Point p) {
    const Point d = p - can + Point{0, 0.046F};
    scene.metal[i] += 3.5F * smooth_step(0.027F, 0.024F, std::abs(d.x)) * smooth_step(0.012F, 0.009F, std::abs(d.y));
  });
  const Point apex{0.11F, a.heart[0].y + 0.175F};
  const Curve first = {can - Point{0, 0.05F},
                       can + Point{-side * 0.06F, -0.085F},
                       {side * 0.10F, -0.315F},
                       {side * 0.01F, -0.24F},
                       {-0.042F, -0.15F},
                       {-0.052F, 0.0F},
                       {-0.035F, 0.10F},
                       {0.03F, apex.y - 0.01F},
                       apex};
  scene.tube(scene.metal, smooth_open(first), 0.0028F, 5, round_profile);
  scene.tube(scene.metal, smooth_open({{0.075F, apex.y - 0.004F}, {0.095F, apex.y - 0.002F}, apex}), 0.0048F, 4, round_profile);
  if (scene.random.uniform() < 0.6) {
    const Curve second = {can - Point{0.012F, 0.05F}, can + Point{-side * 0.075F, -0.075F},
                          {side * 0.09F, -0.305F},    {0, -0.225F},
                          {-0.048F, -0.13F},          {-0.062F, 0.01F},
                          {-0.055F, 0.06F},           {-0.030F, 0.045F},
                          {-0.022F, 0.015F}};
    scene.tube(scene.metal, smooth_open(second), 0.0026F, 5, round_profile);
  }
}

void draw_leads(Scene& scene) {
  const std::array<Point, 4> sites = {{{-0.24F, -0.27F}, {0.25F, -0.26F}, {0.29F, 0.12F}, {-0.27F, 0.17F}}};
  for (const Point& site : sites) {
    if (scene.random.uniform() < 0.2) continue;
    const Point at = site + Point{scene.normal(0.03F), scene.normal(0.03F)};
    scene.tube(scene.metal, {at, at + Point{0.0005F, 0}}, 0.0145F, 2.2F, [](float q) { return q < 0.9F ? 0.6F : 0.9F; });
    scene.tube(scene.metal, {at, at + Point{0.0005F, 0}}, 0.0066F, 7, round_profile);
    const float side = at.x < 0 ? -1.F : 1.F;
    const Point leaves =
        scene.random.uniform() < 0.6 ? Point{side * 0.5F, at.y + scene.uniform(-0.2F, 0.25F)} : Point{at.x * 0.7F, 0.62F};
    const Curve wire =
        smooth_open({at, mix(at, leaves, 0.35F) + Point{scene.normal(0.03F), scene.normal(0.04F)},
                     mix(at, leaves, 0.7F) + Point{scene.normal(0.03F), scene.normal(0.04F)}, leaves + Point{side * 0.1F, 0}});
    scene.tube(scene.metal, wire, 0.0021F, 2.6F, round_profile);
  }
}

void draw_chest_tube(Scene& scene) {
  const float side = scene.random.uniform() < 0.5 ? -1.F : 1.F;
  const Curve tube =
      on_side({{0.52F, 0.13F}, {0.42F, 0.10F}, {0.35F, 0.04F}, {0.30F, -0.08F}, {0.24F, -0.22F}, {0.17F, -0.31F}}, side);
  draw_plastic_tube(scene, smooth_open(tube), 0.0095F, 1.5F);
}

void draw_sternal_wires(Scene& scene) {
  const int wires = 4 + static_cast<int>(scene.random.below(3));
  for (int k = 0; k < wires; ++k) {
    const Point c{scene.normal(0.003F), -0.20F + 0.062F * static_cast<float>(k)};
    const float open = scene.uniform(0.1F, 0.6F);
    Curve loop = ring(c, 0.013F, open, 2 * kPi - 0.3F * open);
    for (Point& p : loop) p.y = c.y + (p.y - c.y) * 0.75F;
    scene.tube(scene.metal, loop, 0.0017F, 5.5F, round_profile);
    scene.tube(scene.metal, {c + Point{0.012F, 0.004F}, c + Point{0.019F, -0.004F + scene.normal(0.003F)}}, 0.002F, 5.5F,
               round_profile);
  }
}

} // namespace

void draw_devices(Scene& scene, unsigned devices) {
  if (devices & kEndotrachealTube) draw_endotracheal_tube(scene);
  if (devices & kNasogastricTube) draw_nasogastric_tube(scene);
  if (devices & kCentralLine) draw_central_line(scene);
  if (devices & kPacemaker) draw_pacemaker(scene);
  if (devices & kLeads) draw_leads(scene);
  if (devices & kChestTube) draw_chest_tube(scene);
  if (devices & kSternalWires) draw_sternal_wires(scene);
}

} // namespace cxr::phantom
