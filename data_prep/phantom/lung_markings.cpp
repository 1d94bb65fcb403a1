#include <numbers>

#include "data_prep/phantom/scene.h"

namespace cxr::phantom {
namespace {

/// A tree of vessels. Radii follow Murray's law: the cubes of the branches' radii add up to the parent's.
class VesselTree {
 public:
  VesselTree(Scene& scene, float side) : scene_(scene), side_(side) {}

  /// @param angle direction in radians, 0 outwards and pi/2 downwards
  void grow(Point from, float angle, float radius, float length, int generation) {
    constexpr int kSteps = 6;
    std::vector<StrokeNode> nodes;
    const float bend = scene_.normal(0.055F);
    Point at = from;
    float direction = angle;
    const bool last = generation >= kGenerations || radius < 0.0007F;
    for (int i = 0; i <= kSteps; ++i) {
      const float along = static_cast<float>(i) / kSteps, thin = radius * (1 - 0.28F * along);
      const float fade = last ? 1 - along : 1.F; // the last branches dissolve
      nodes.push_back({scene_.anatomy.pose(at), thin * scene_.anatomy.pose.scale, 3.6F * thin * kCentimetres * fade});
      direction += bend + scene_.normal(0.05F);
      at = at + Point{side_ * std::cos(direction), std::sin(direction)} * (length / kSteps);
      if (i > 1 && i < kSteps && generation < kGenerations && scene_.random.uniform() < 0.26) {
        const float turn = scene_.uniform(0.5F, 1.1F) * (scene_.random.uniform() < 0.5 ? -1.F : 1.F);
        grow(at, direction + turn, thin * scene_.uniform(0.38F, 0.6F), length * scene_.uniform(0.45F, 0.7F), generation + 2);
      }
    }
    scene_.brush.draw(scene_.markings, nodes, [](float q) { return 1 - q * q; });
    if (last) return;
    const float share = scene_.uniform(0.35F, 0.65F), spread = scene_.uniform(0.35F, 0.75F);
    const float end = 0.84F * radius;
    grow(at, direction - spread * (1 - share), end * std::cbrt(share), length * scene_.uniform(0.62F, 0.85F), generation + 1);
    grow(at, direction + spread * share, end * std::cbrt(1 - share), length * scene_.uniform(0.62F, 0.85F), generation + 1);
  }

 private:
  static constexpr int kGenerations = 6;
  Scene& scene_;
  float side_;
};

void draw_hilum(Scene& scene, int s) {
  const float side = kSides[s];
  const Point h = scene.anatomy.hilum[s];
  // The pulmonary artery and its descending branch, then lymph nodes, fat and crossing vessels as a soft cloud.
  const float reach = s == 0 ? 0.115F : 0.085F;
  const Curve artery = smooth_open({{side * 0.035F, h.y - 0.012F},
                                    {h.x - side * 0.008F, h.y - 0.012F},
                                    {h.x + side * 0.006F, h.y + 0.03F},
                                    {h.x + side * 0.012F, h.y + reach}});
  auto nodes = std::vector<StrokeNode>();
  for (std::size_t i = 0; i < artery.size(); ++i) {
    const float along = static_cast<float>(i) / static_cast<float>(artery.size() - 1), radius = mix(0.0185F, 0.0075F, along);
    nodes.push_back({scene.anatomy.pose(artery[i]), radius * scene.anatomy.pose.scale, 2.2F * radius * kCentimetres});
  }
  scene.brush.draw(scene.markings, nodes, round_profile);
  scene.around(h, 0.10F, [&](std::size_t i, Point p) {
    const float q = length({(p.x - h.x) / 0.055F, (p.y - h.y - 0.01F) / 0.085F});
    scene.markings[i] += 1.6F * std::exp(-2 * q * q);
  });
}

void draw_trees(Scene& scene, int s, float congestion) {
  constexpr int kLobes = 14;
  VesselTree tree(scene, kSides[s]);
  for (int k = 0; k < kLobes; ++k) {
    const float fan = (static_cast<float>(k) + scene.uniform(0.1F, 0.9F)) / kLobes; // 0 up to the apex, 1 down to the base
    const float angle = mix(-0.47F * kPi, 0.47F * kPi, fan);
    const float gravity = mix(0.62F + 0.5F * congestion, 1.F, smooth_step(0.2F, 0.8F, fan));
    const Point from = scene.anatomy.hilum[s] + Point{scene.normal(0.006F), mix(-0.03F, 0.075F, fan) + scene.normal(0.006F)};
    tree.grow(from, angle + scene.normal(0.06F), scene.uniform(0.0046F, 0.0076F) * gravity * (1 + 0.3F * congestion),
              scene.uniform(0.085F, 0.12F) * (0.8F + 0.3F * std::abs(std::sin(angle))), 1);
  }
  // Veins run flatter, towards the left atrium below the hilum.
  const Point atrium{kSides[s] * 0.05F, scene.anatomy.hilum[s].y + 0.085F};
  for (int k = 0; k < 4; ++k) {
    tree.grow(atrium + Point{0, scene.normal(0.008F)}, mix(-0.7F, 0.75F, static_cast<float>(k) / 3) + scene.normal(0.08F),
              scene.uniform(0.0055F, 0.0075F), scene.uniform(0.09F, 0.12F), 2);
  }
}

} // namespace

void draw_lung_markings(Scene& scene, float congestion) {
  for (int s = 0; s < 2; ++s) {
    draw_hilum(scene, s);
    draw_trees(scene, s, congestion);
  }
  const Plane fine = fractal_noise(scene.size(), scene.anatomy.texture_key + 100, 40, 4, 0.75F);
  const Plane coarse = fractal_noise(scene.size(), scene.anatomy.texture_key + 200, 9, 3, 0.6F);
  for (std::size_t i = 0; i < fine.count(); ++i) scene.markings[i] += std::max(-0.5F, 0.30F * fine[i] + 0.38F * coarse[i]);
}

} // namespace cxr::phantom
