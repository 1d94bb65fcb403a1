#include "data_prep/phantom/detector.h"

#include <string>

#include <opencv2/imgproc.hpp>

namespace cxr::phantom {
namespace {

constexpr float kAbsorption = 0.17F;  ///< per cm of water, at about 100 kV
constexpr float kLungDensity = 0.24F; ///< of water

/// How a picture was taken and processed.
struct Exposure {
  float scatter, noise, equalize, sharpen, black, white, gamma;
};

Exposure draw_exposure(Scene& scene) {
  const bool portable = scene.anatomy.portable;
  Exposure e{};
  e.scatter = scene.uniform(0.10F, 0.30F) + 0.25F * scene.anatomy.habitus + (portable ? 0.15F : 0.F);
  e.noise = scene.uniform(0.04F, 0.11F) * (portable ? 1.5F : 1.F);
  e.equalize = scene.uniform(0.15F, 0.60F);
  e.sharpen = scene.uniform(0.3F, 1.3F);
  e.black = scene.uniform(0.02F, 0.16F);
  e.white = scene.uniform(0.84F, 0.99F);
  e.gamma = scene.uniform(0.80F, 1.20F);
  return e;
}

/// Centimetres of water along each ray.
Plane path_length(const Scene& scene) {
  Plane path(scene.size());
  for (std::size_t i = 0; i < path.count(); ++i) {
    const float filling = std::clamp(scene.filling[i], 0.F, 1.F), lung = scene.lung[i];
    const float density = kLungDensity * scene.inflated[i] + (1 - kLungDensity) * filling;
    const float aerated = std::min(lung / 7, 1.F) * scene.inflated[i] * (1 - 0.75F * filling);
    path[i] = std::max(0.F, scene.soft[i] - lung * (1 - density) + scene.markings[i] * aerated + scene.bone[i]) + scene.metal[i];
  }
  return path;
}

/// What the detector measures, as an apparent path length: scatter veils the dense parts, noise grows with absorption.
void measure(Plane& path, const Exposure& e, std::uint32_t noise_key) {
  const int n = path.size();
  Plane primary(n), grain(n);
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x < n; ++x) {
      primary.row(y)[x] = std::exp(-kAbsorption * path.row(y)[x]);
      // Three uniform numbers make a bell; variance 1/4.
      grain.row(y)[x] =
          lattice_uniform(noise_key, x, y) + lattice_uniform(noise_key + 1, x, y) + lattice_uniform(noise_key + 2, x, y) - 1.5F;
    }
  }
  Plane scattered = primary;
  blur(scattered, 0.06F);
  blur(grain, 0.0009F); // the detector's own unsharpness
  // At 512² one pixel has the nominal dose; larger pixels count more quanta.
  const float quantum = e.noise * 2 * static_cast<float>(n) / 512;
  for (std::size_t i = 0; i < path.count(); ++i) {
    const float signal = primary[i] + e.scatter * std::min(scattered[i], 0.25F);
    path[i] = -std::log(signal) / kAbsorption + quantum * grain[i] * std::sqrt(0.12F / (signal + 0.04F));
  }
}

/// Compresses the large differences and lifts the small ones, as digital systems do.
void enhance(Plane& path, const Exposure& e) {
  Plane broad = path, fine = path;
  blur(broad, 0.05F);
  blur(fine, 0.004F);
  for (std::size_t i = 0; i < path.count(); ++i) path[i] += e.sharpen * (path[i] - fine[i]) - e.equalize * broad[i];
}

float percentile(std::vector<float> values, float share) {
  if (values.empty()) return 0;
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<float>(values.size() - 1));
  std::ranges::nth_element(values, nth);
  return *nth;
}

/// Grey values 0 … 1. The window spans what the trunk shows, as a technician would set it.
void window(Plane& path, const Plane& body, const Exposure& e) {
  const int n = path.size(), step = std::max(1, n / 96);
  std::vector<float> inside;
  for (int y = n / 16; y < n - n / 16; y += step) {
    for (int x = n / 16; x < n - n / 16; x += step) {
      if (body.row(y)[x] > 5) inside.push_back(path.row(y)[x]);
    }
  }
  const float low = percentile(inside, 0.015F), high = percentile(inside, 0.985F);
  for (std::size_t i = 0; i < path.count(); ++i) {
    const float v = (path[i] - low) / std::max(high - low, 1e-3F);
    const float linear = e.black + (e.white - e.black) * v;
    // A film-like toe and shoulder, straight in between.
    const float toe = linear < 0.1F ? 0.1F * std::exp((linear - 0.1F) / 0.1F) : linear;
    const float tone = toe > 0.85F ? 0.85F + 0.15F * (1 - std::exp(-(toe - 0.85F) / 0.15F)) : toe;
    path[i] = std::pow(tone, e.gamma);
  }
}

/// Some pictures show the edge of the beam: nothing beyond it but black.
void collimate(Plane& grey, Scene& scene) {
  if (scene.random.uniform() > 0.22) return;
  const bool left = scene.random.uniform() < 0.5, right = scene.random.uniform() < 0.5, bottom = scene.random.uniform() < 0.3;
  const float edge[] = {left ? scene.uniform(0.01F, 0.05F) : -1, right ? scene.uniform(0.95F, 0.99F) : 2,
                        bottom ? scene.uniform(0.95F, 0.99F) : 2};
  const float tilt = scene.normal(0.01F);
  for (int y = 0; y < grey.size(); ++y) {
    for (int x = 0; x < grey.size(); ++x) {
      const float u = grey.centre(x) + tilt * (grey.centre(y) - 0.5F), v = grey.centre(y) - tilt * (grey.centre(x) - 0.5F);
      const float lit = smooth_step(edge[0] - 0.003F, edge[0] + 0.003F, u) * smooth_step(edge[1] + 0.003F, edge[1] - 0.003F, u) *
                        smooth_step(edge[2] + 0.003F, edge[2] - 0.003F, v);
      grey.row(y)[x] = mix(0.01F, grey.row(y)[x], lit);
    }
  }
}

/// The technician's letters: the side, and how the picture was taken.
void burn_in_marker(Plane& grey, Scene& scene) {
  const int n = grey.size();
  const float unit = static_cast<float>(n);
  cv::Mat ink = cv::Mat::zeros(n, n, CV_8U);
  const bool left = scene.random.uniform() < 0.75; // "L" stands on the patient's left, the picture's right
  const float x = left ? scene.uniform(0.89F, 0.93F) : scene.uniform(0.03F, 0.06F), y = scene.uniform(0.06F, 0.12F);
  const float size = scene.uniform(0.0016F, 0.0026F);
  const auto write = [&](const std::string& text, float u, float v, float scale) {
    const cv::Point at(static_cast<int>(u * unit * 16) / 16, static_cast<int>(v * unit));
    cv::putText(ink, text, at, cv::FONT_HERSHEY_DUPLEX, scale * unit, cv::Scalar(255),
                std::max(1, static_cast<int>(scale * unit * 1.7F)), cv::LINE_AA);
  };
  write(left ? "L" : "R", x, y, size);
  const double kind = scene.random.uniform();
  if (scene.anatomy.portable && kind < 0.75) {
    write(kind < 0.35 ? "PORTABLE" : kind < 0.55 ? "AP ERECT" : "SUPINE", left ? x - 0.115F : x - 0.01F, y + 0.045F, 0.45F * size);
  } else if (!scene.anatomy.portable && kind < 0.3) {
    write("PA", left ? x - 0.01F : x, y + 0.045F, 0.5F * size);
  }
  for (int row = 0; row < n; ++row) {
    for (int column = 0; column < n; ++column) {
      const float cover = static_cast<float>(ink.at<std::uint8_t>(row, column)) / 255;
      grey.row(row)[column] = mix(grey.row(row)[column], 0.97F, cover);
    }
  }
}

} // namespace

std::vector<std::uint8_t> expose(Scene& scene) {
  const Exposure exposure = draw_exposure(scene);
  const std::uint32_t noise_key = scene.random.next_u32();
  Plane picture = path_length(scene);
  blur(picture, std::max(0.0007F, 0.45F / static_cast<float>(scene.size()))); // focal spot and motion; a pixel's own aperture
  measure(picture, exposure, noise_key);
  enhance(picture, exposure);
  window(picture, scene.soft, exposure);
  collimate(picture, scene);
  burn_in_marker(picture, scene);
  std::vector<std::uint8_t> pixels(picture.count());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::uint8_t>(std::clamp(255 * picture[i] + 0.5F, 0.F, 255.F));
  }
  return pixels;
}

} // namespace cxr::phantom
