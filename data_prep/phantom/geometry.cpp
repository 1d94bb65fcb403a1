#include "data_prep/phantom/geometry.h"

#include <algorithm>
#include <cmath>

namespace cxr::phantom {
namespace {

Point catmull_rom(Point a, Point b, Point c, Point d, float t) {
  const float t2 = t * t, t3 = t2 * t;
  return (b * 2.F + (c - a) * t + (a * 2.F - b * 5.F + c * 4.F - d) * t2 + (b * 3.F - a - c * 3.F + d) * t3) * 0.5F;
}

} // namespace

float length(Point a) { return std::sqrt(a.x * a.x + a.y * a.y); }

float smooth_step(float low, float high, float x) {
  const float t = std::clamp((x - low) / (high - low), 0.F, 1.F);
  return t * t * (3 - 2 * t);
}

Curve smooth_open(const Curve& knots, int steps) {
  Curve curve;
  const int last = static_cast<int>(knots.size()) - 1;
  for (int i = 0; i < last; ++i) {
    for (int s = 0; s < steps; ++s) {
      curve.push_back(catmull_rom(knots[std::max(i - 1, 0)], knots[i], knots[i + 1], knots[std::min(i + 2, last)],
                                  static_cast<float>(s) / static_cast<float>(steps)));
    }
  }
  curve.push_back(knots.back());
  return curve;
}

Curve smooth_closed(const Curve& knots, int steps) {
  Curve curve;
  const int n = static_cast<int>(knots.size());
  for (int i = 0; i < n; ++i) {
    for (int s = 0; s < steps; ++s) {
      curve.push_back(catmull_rom(knots[(i + n - 1) % n], knots[i], knots[(i + 1) % n], knots[(i + 2) % n],
                                  static_cast<float>(s) / static_cast<float>(steps)));
    }
  }
  return curve;
}

Curve on_side(Curve curve, float side) {
  for (Point& p : curve) p.x *= side;
  return curve;
}

Point Pose::operator()(Point p) const {
  const float c = std::cos(rotation) * scale, s = std::sin(rotation) * scale;
  return {c * p.x - s * p.y + shift.x + 0.5F, s * p.x + c * p.y + shift.y + 0.5F};
}

Point Pose::inverse(Point p) const {
  const float c = std::cos(rotation) / scale, s = std::sin(rotation) / scale;
  const Point q{p.x - 0.5F - shift.x, p.y - 0.5F - shift.y};
  return {c * q.x + s * q.y, -s * q.x + c * q.y};
}

Curve Pose::operator()(Curve curve) const {
  for (Point& p : curve) p = (*this)(p);
  return curve;
}

} // namespace cxr::phantom
