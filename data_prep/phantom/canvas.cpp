#include "data_prep/phantom/canvas.h"

#include <array>

namespace cxr::phantom {
namespace {

constexpr int kDistanceGrid = 128;

/// Signed distances at the pixel centres of a plane, edge by edge along each row.
Plane exact_distance(const Curve& polygon, int size) {
  Plane plane(size);
  std::vector<float> squared(size), x(size), inside(size);
  for (int i = 0; i < size; ++i) x[i] = plane.centre(i);
  for (int j = 0; j < size; ++j) {
    const float y = plane.centre(j);
    std::ranges::fill(squared, 1e9F);
    std::ranges::fill(inside, -1.F);
    for (std::size_t e = 0; e < polygon.size(); ++e) {
      const Point a = polygon[e], ab = polygon[(e + 1) % polygon.size()] - a;
      const float over = 1 / std::max(ab.x * ab.x + ab.y * ab.y, 1e-12F);
      const float py = y - a.y;
      const bool crosses = (py >= 0) != (py - ab.y >= 0);
      const float crossing = crosses ? a.x + ab.x * py / ab.y : 1e9F; // pixels right of it change sides
      for (int i = 0; i < size; ++i) {
        const float px = x[i] - a.x;
        const float t = std::clamp((px * ab.x + py * ab.y) * over, 0.F, 1.F);
        const float dx = px - t * ab.x, dy = py - t * ab.y;
        squared[i] = std::min(squared[i], dx * dx + dy * dy);
      }
      if (crosses) {
        for (int i = 0; i < size; ++i) inside[i] = x[i] > crossing ? -inside[i] : inside[i];
      }
    }
    for (int i = 0; i < size; ++i) plane.row(j)[i] = inside[i] * std::sqrt(squared[i]);
  }
  return plane;
}

Plane enlarge(const Plane& small, int size) {
  const int grid = small.size();
  std::vector<int> low(size);
  std::vector<float> weight(size);
  for (int i = 0; i < size; ++i) {
    const float at = (static_cast<float>(i) + 0.5F) * static_cast<float>(grid) / static_cast<float>(size) - 0.5F;
    low[i] = std::clamp(static_cast<int>(std::floor(at)), 0, grid - 2);
    weight[i] = at - static_cast<float>(low[i]);
  }
  Plane large(size);
  std::vector<float> column(grid);
  for (int j = 0; j < size; ++j) {
    const float *upper = small.row(low[j]), *lower = small.row(low[j] + 1);
    for (int i = 0; i < grid; ++i) column[i] = mix(upper[i], lower[i], weight[j]);
    for (int i = 0; i < size; ++i) large.row(j)[i] = mix(column[low[i]], column[low[i] + 1], weight[i]);
  }
  return large;
}

/// One pass of a running mean of 2r+1 pixels along rows; columns are done on the transpose.
void box_rows(Plane& plane, int r) {
  const int n = plane.size();
  std::vector<float> line(n);
  const float scale = 1 / static_cast<float>(2 * r + 1);
  for (int y = 0; y < n; ++y) {
    float* row = plane.row(y);
    std::copy(row, row + n, line.begin());
    double sum = 0; // double: a running sum in float drifts
    for (int k = -r; k <= r; ++k) sum += line[std::clamp(k, 0, n - 1)];
    for (int x = 0; x < n; ++x) {
      row[x] = static_cast<float>(sum) * scale;
      sum += line[std::min(x + r + 1, n - 1)] - line[std::max(x - r, 0)];
    }
  }
}

void kernel_rows(Plane& plane, float sigma) {
  const int n = plane.size(), r = std::max(1, static_cast<int>(std::ceil(3 * sigma)));
  std::vector<float> kernel(2 * r + 1), line(n + 2 * r);
  float total = 0;
  for (int k = -r; k <= r; ++k) total += kernel[k + r] = std::exp(-0.5F * static_cast<float>(k * k) / (sigma * sigma));
  for (int y = 0; y < n; ++y) {
    float* row = plane.row(y);
    for (int k = 0; k < n + 2 * r; ++k) line[k] = row[std::clamp(k - r, 0, n - 1)] / total;
    std::fill(row, row + n, 0.F);
    for (int k = 0; k <= 2 * r; ++k) {
      for (int x = 0; x < n; ++x) row[x] += kernel[k] * line[x + k];
    }
  }
}

void transpose(Plane& plane) {
  constexpr int kTile = 16;
  const int n = plane.size();
  for (int ty = 0; ty < n; ty += kTile) {
    for (int tx = ty; tx < n; tx += kTile) {
      for (int y = ty; y < std::min(ty + kTile, n); ++y) {
        for (int x = std::max(tx, y + 1); x < std::min(tx + kTile, n); ++x) std::swap(plane.row(y)[x], plane.row(x)[y]);
      }
    }
  }
}

/// The four weights of a uniform cubic B-spline at fraction t of a cell.
std::array<float, 4> spline_weights(float t) {
  const float u = 1 - t;
  return {u * u * u / 6, (4 - 6 * t * t + 3 * t * t * t) / 6, (4 - 6 * u * u + 3 * u * u * u) / 6, t * t * t / 6};
}

void add_octave(Plane& out, std::uint32_t key, int cells, float amplitude) {
  const int n = out.size();
  std::vector<int> cell(n);
  std::vector<std::array<float, 4>> weights(n);
  for (int i = 0; i < n; ++i) {
    const float at = out.centre(i) * static_cast<float>(cells);
    cell[i] = static_cast<int>(at);
    weights[i] = spline_weights(at - static_cast<float>(cell[i]));
  }
  std::vector<std::vector<float>> rows(cells + 3, std::vector<float>(n)); // lattice rows, interpolated along x
  std::vector<float> lattice(cells + 3);
  for (int j = 0; j < cells + 3; ++j) {
    for (int i = 0; i < cells + 3; ++i) lattice[i] = 2 * lattice_uniform(key, i, j) - 1;
    for (int x = 0; x < n; ++x) {
      const float* l = &lattice[cell[x]];
      const auto& w = weights[x];
      rows[j][x] = w[0] * l[0] + w[1] * l[1] + w[2] * l[2] + w[3] * l[3];
    }
  }
  for (int y = 0; y < n; ++y) {
    const auto* r = &rows[cell[y]];
    const auto& w = weights[y];
    float* target = out.row(y);
    for (int x = 0; x < n; ++x) {
      target[x] += amplitude * (w[0] * r[0][x] + w[1] * r[1][x] + w[2] * r[2][x] + w[3] * r[3][x]);
    }
  }
}

} // namespace

Plane signed_distance(const Curve& polygon, int size) {
  if (size <= kDistanceGrid) return exact_distance(polygon, size);
  return enlarge(exact_distance(polygon, kDistanceGrid), size);
}

void blur(Plane& plane, float sigma) {
  const float pixels = sigma * static_cast<float>(plane.size());
  if (pixels < 0.2F) return;
  for (int axis = 0; axis < 2; ++axis) {
    if (pixels < 3) {
      kernel_rows(plane, pixels);
    } else {
      // Three running means of width w have variance 3 (w² - 1) / 12.
      const int r = std::max(1, static_cast<int>(std::lround((std::sqrt(4 * pixels * pixels + 1) - 1) / 2)));
      for (int pass = 0; pass < 3; ++pass) box_rows(plane, r);
    }
    transpose(plane);
  }
}

float lattice_uniform(std::uint32_t key, std::uint32_t x, std::uint32_t y) {
  std::uint32_t h = key ^ (x * 0x9E3779B1U) ^ (y * 0x85EBCA77U);
  h = (h ^ (h >> 16)) * 0x7FEB352DU; // the "lowbias32" integer hash
  h = (h ^ (h >> 15)) * 0x846CA68BU;
  return static_cast<float>((h ^ (h >> 16)) >> 8) * 0x1.0p-24F;
}

Plane fractal_noise(int size, std::uint32_t key, int cells, int octaves, float persistence) {
  Plane noise(size);
  // A B-spline of uniform lattice values has a standard deviation of about 0.28: the factor spreads it over [-1, 1].
  float amplitude = 2;
  for (int o = 0; o < octaves && cells <= size; ++o, cells *= 2, amplitude *= persistence)
    add_octave(noise, key + o, cells, amplitude);
  return noise;
}

Brush::Box Brush::trace(const std::vector<StrokeNode>& nodes) {
  Box box{nearest_.size(), nearest_.size(), 0, 0};
  for (std::size_t i = 0; i + 1 < nodes.size(); ++i) trace_segment(nodes[i], nodes[i + 1], box);
  return box;
}

void Brush::trace_segment(const StrokeNode& a, const StrokeNode& b, Box& box) {
  const float n = static_cast<float>(nearest_.size());
  const auto pixel = [&](float v) { return static_cast<int>(std::clamp(v * n, 0.F, n)); };
  const float reach = std::max({a.radius, b.radius, least_radius_});
  const Box part{pixel(std::min(a.at.x, b.at.x) - reach), pixel(std::min(a.at.y, b.at.y) - reach),
                 pixel(std::max(a.at.x, b.at.x) + reach + 1 / n), pixel(std::max(a.at.y, b.at.y) + reach + 1 / n)};
  const Point ab = b.at - a.at;
  const float over = 1 / std::max(ab.x * ab.x + ab.y * ab.y, 1e-12F);
  for (int y = part.top; y < part.bottom; ++y) {
    float *nearest = nearest_.row(y), *gain = gain_.row(y);
    for (int x = part.left; x < part.right; ++x) {
      const Point p = Point{nearest_.centre(x), nearest_.centre(y)} - a.at;
      const float t = std::clamp((p.x * ab.x + p.y * ab.y) * over, 0.F, 1.F);
      const Point off = p - ab * t;
      const float radius = mix(a.radius, b.radius, t), drawn = std::max(radius, least_radius_);
      const float q = (off.x * off.x + off.y * off.y) / (drawn * drawn);
      if (q < nearest[x]) {
        nearest[x] = q;
        gain[x] = mix(a.gain, b.gain, t) * radius / drawn;
      }
    }
  }
  box = {std::min(box.left, part.left), std::min(box.top, part.top), std::max(box.right, part.right),
         std::max(box.bottom, part.bottom)};
}

} // namespace cxr::phantom
