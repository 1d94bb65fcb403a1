/// @file
/// Points, smooth curves and the pose of a patient in the picture.
///
/// Patient coordinates: x to the right of the picture (the patient's left), y downwards, the origin mid-chest, unit the
/// picture's side (about 40 cm). Picture coordinates: [0,1]², (0,0) the upper left corner.
#pragma once

#include <numbers>
#include <vector>

namespace cxr::phantom {

inline constexpr float kPi = std::numbers::pi_v<float>;

struct Point {
  float x = 0, y = 0;
};

inline Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
inline Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
inline Point operator*(Point a, float s) { return {a.x * s, a.y * s}; }
float length(Point a);
/// The point between a (t = 0) and b (t = 1).
inline Point mix(Point a, Point b, float t) { return a + (b - a) * t; }
inline float mix(float a, float b, float t) { return a + (b - a) * t; }
/// 0 up to `low`, 1 from `high` on, a smooth cubic between; low > high is allowed and falls instead.
float smooth_step(float low, float high, float x);

using Curve = std::vector<Point>;

/// Catmull-Rom curves through `knots`, `steps` pieces from one knot to the next.
Curve smooth_open(const Curve& knots, int steps = 8);
Curve smooth_closed(const Curve& knots, int steps = 4);
/// The curve mirrored at the midline if `side` is -1.
Curve on_side(Curve curve, float side);

/// How the patient stands in the picture.
struct Pose {
  float scale = 1, rotation = 0; ///< rotation in radians
  Point shift;                   ///< in units of the picture's side

  Point operator()(Point patient) const; ///< patient to picture coordinates
  Point inverse(Point picture) const;    ///< picture to patient coordinates
  Curve operator()(Curve curve) const;
};

} // namespace cxr::phantom
