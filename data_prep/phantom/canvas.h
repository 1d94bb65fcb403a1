/// @file
/// A square of floats that shapes are drawn on, in picture coordinates, so that one drawing serves every size.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "data_prep/phantom/geometry.h"

namespace cxr::phantom {

/// size × size floats, row by row.
class Plane {
 public:
  explicit Plane(int size, float value = 0) : size_(size), values_(static_cast<std::size_t>(size) * size, value) {}

  int size() const { return size_; }
  float* row(int y) { return values_.data() + static_cast<std::size_t>(y) * size_; }
  const float* row(int y) const { return values_.data() + static_cast<std::size_t>(y) * size_; }
  std::size_t count() const { return values_.size(); }
  float& operator[](std::size_t i) { return values_[i]; }
  float operator[](std::size_t i) const { return values_[i]; }
  /// The centre of pixel i in picture coordinates.
  float centre(int i) const { return (static_cast<float>(i) + 0.5F) / static_cast<float>(size_); }

 private:
  int size_;
  std::vector<float> values_;
};

/// The signed distance to a closed curve, positive inside, in units of the picture's side. Computed on a grid of at most
/// 128² and interpolated: exact for straight edges, off by less than 0.0004 where the curve's radius is 0.02.
Plane signed_distance(const Curve& polygon, int size);

/// Gaussian blur; sigma in units of the picture's side.
void blur(Plane& plane, float sigma);

/// Fractal noise of mean 0 and values of about [-1, 1]: cubic B-spline noise of `cells` cells a side, then of twice as many
/// with `persistence` times the amplitude, and so on, as far as the plane's pixels can show them.
Plane fractal_noise(int size, std::uint32_t key, int cells, int octaves, float persistence);

/// A hash of a lattice point as a uniform number in [0, 1).
float lattice_uniform(std::uint32_t key, std::uint32_t x, std::uint32_t y);

/// A point of a stroke: where, how thick (radius), how strong.
struct StrokeNode {
  Point at;
  float radius, gain;
};

/// Draws tubes: curves with a radius.
class Brush {
 public:
  explicit Brush(int size) : nearest_(size, kFar), gain_(size), least_radius_(0.7F / static_cast<float>(size)) {}

  /// Adds gain × profile(q) to `out` along the stroke (picture coordinates), where q in [0,1) is the distance to its axis
  /// over its radius. Strokes thinner than a pixel are widened to one and weakened as much, so that sizes agree.
  template <typename Profile>
  void draw(Plane& out, const std::vector<StrokeNode>& nodes, Profile profile) {
    const Box box = trace(nodes);
    for (int y = box.top; y < box.bottom; ++y) {
      float *nearest = nearest_.row(y), *gain = gain_.row(y), *target = out.row(y);
      for (int x = box.left; x < box.right; ++x) {
        if (nearest[x] < 1) target[x] += gain[x] * profile(std::sqrt(nearest[x]));
        nearest[x] = kFar;
      }
    }
  }

 private:
  static constexpr float kFar = 1e9F;
  struct Box {
    int left, top, right, bottom;
  };
  Box trace(const std::vector<StrokeNode>& nodes); ///< fills nearest_ (squared q) and gain_ within the box
  void trace_segment(const StrokeNode& a, const StrokeNode& b, Box& box);

  Plane nearest_, gain_;
  float least_radius_;
};

/// Profiles of a stroke.
inline float round_profile(float q) { return std::sqrt(1 - q * q); }     ///< a solid cylinder's thickness
inline float soft_profile(float q) { return (1 - q * q) * (1 - q * q); } ///< a blurred line
inline float shell_profile(float q) {                                    ///< a tube with a wall of 0.22 radii
  constexpr float kInner = 0.78F;
  const float inner = q < kInner ? std::sqrt(kInner * kInner - q * q) : 0.F;
  return std::sqrt(1 - q * q) - inner;
}

} // namespace cxr::phantom
