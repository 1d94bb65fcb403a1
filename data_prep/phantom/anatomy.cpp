#include "data_prep/phantom/anatomy.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cxr::phantom {
namespace {

float draw(rng::Generator& random, float low, float high) { return static_cast<float>(random.uniform(low, high)); }
float normal(rng::Generator& random, float deviation) {
  return std::clamp(static_cast<float>(random.normal()), -2.5F, 2.5F) * deviation;
}
float severity(const std::vector<Finding>& findings, FindingKind kind) {
  const Finding* finding = find(findings, kind);
  return finding ? 0.25F + 0.75F * finding->severity : 0.F;
}

/// The relative half-width of the pleural space from apex (0) to costophrenic angle (1).
float wall_profile(float u) {
  constexpr std::array<float, 9> kProfile = {0.30F, 0.60F, 0.765F, 0.86F, 0.92F, 0.96F, 0.985F, 1.F, 1.F};
  const float at = std::clamp(u, 0.F, 1.F) * 8;
  const int low = std::min(static_cast<int>(at), 7);
  return mix(kProfile[low], kProfile[low + 1], at - static_cast<float>(low));
}

void draw_pleura(Anatomy& a, rng::Generator& random, const std::vector<Finding>& findings) {
  const float inspiration = draw(random, -0.035F, 0.03F) - (a.portable ? 0.02F : 0.F);
  a.chest_width = draw(random, 0.345F, 0.385F);
  a.chest_top = -0.395F + normal(random, 0.008F);
  a.chest_bottom = 0.285F + inspiration + normal(random, 0.008F);
  const Finding* collapse = find(findings, kAtelectasis);
  for (int s = 0; s < 2; ++s) {
    const float side = kSides[s], top = a.chest_top, bottom = a.chest_bottom;
    Curve cavity = {{0.040F, 0.38F},  {0.038F, 0.1F},         {0.042F, -0.1F},
                    {0.045F, -0.28F}, {0.062F, top + 0.045F}, {0.105F, top + 0.004F}};
    for (int i = 1; i <= 8; ++i) {
      const float y = mix(top, bottom, static_cast<float>(i) / 8);
      cavity.push_back({a.wall(y), y});
    }
    cavity.push_back({a.chest_width * 0.99F, bottom + 0.04F});
    cavity.push_back({a.chest_width * 0.85F, 0.40F});
    a.cavity[s] = smooth_closed(on_side(cavity, side));

    // The dome: an arc that dives steeply to the costophrenic angle. The right one stands higher, over the liver.
    const bool collapsed = collapse && affects(collapse->side, s);
    const float rise = collapsed ? 0.05F * collapse->severity : 0.F;
    const float crest = bottom - (s == 0 ? 0.140F : 0.120F) + normal(random, 0.01F) - rise;
    const float middle = draw(random, 0.44F, 0.52F) * a.chest_width, flatness = draw(random, 0.62F, 0.85F);
    for (int i = 0; i <= 40; ++i) {
      const float m = 1.02F * a.chest_width * static_cast<float>(i) / 40;
      const float reach = m > middle ? (m - middle) / (1.01F * a.chest_width - middle) : (middle - m) / (middle * 1.6F);
      const float y = crest + (bottom + 0.015F - crest) * (1 - std::pow(std::max(0.F, 1 - reach * reach), flatness));
      a.dome[s].push_back({side * m, y});
    }
    a.abdomen[s] = a.dome[s];
    a.abdomen[s].push_back({side * 0.9F, bottom + 0.04F});
    a.abdomen[s].push_back({side * 0.9F, 1.F});
    a.abdomen[s].push_back({0, 1.F});
    a.costophrenic[s] = {side * a.chest_width, bottom};
    a.hilum[s] = {side * 0.078F, (s == 0 ? -0.055F : -0.075F) + normal(random, 0.008F)};
  }
}

/// Heart and great vessels. Right border: superior vena cava, right atrium; left: subclavian artery, aortic knob,
/// pulmonary trunk, left atrial appendage, left ventricle.
void draw_mediastinum(Anatomy& a, rng::Generator& random, const std::vector<Finding>& findings) {
  const float big = severity(findings, kCardiomegaly), wide = severity(findings, kEnlargedCardiomediastinum);
  const float heart = draw(random, 1.02F, 1.2F) * (a.portable ? 1.05F : 1.F) * (1 + 0.45F * big);
  const float upper = draw(random, 1.05F, 1.3F) * (1 + 0.75F * wide);
  const float knob = draw(random, 0.84F, 1.08F) * (1 + 0.10F * wide), slope = draw(random, -0.02F, 0.02F) + 0.015F * big;
  const float floor = std::min(a.dome[1][18].y, a.dome[0][10].y);
  const auto y = [&](float v) { return v * (floor / 0.17F); }; // the lower heart rests on the diaphragm
  a.heart = {{-0.066F * heart, y(-0.02F)},
             {-0.080F * heart, y(0.045F)},
             {-0.085F * heart, y(0.105F)},
             {-0.078F * heart, y(0.165F)},
             {-0.055F, y(0.225F)},
             {0.08F * heart, y(0.24F)},
             {0.165F * heart, y(0.225F) + slope},
             {0.198F * heart, y(0.178F) + slope},
             {0.194F * heart, y(0.13F) + slope},
             {0.168F * heart, y(0.07F) + 0.5F * slope},
             {0.132F * heart, y(0.01F)},
             {0.096F * heart, -0.045F},
             {0.05F, -0.085F},
             {-0.03F, -0.06F}};
  a.mediastinum = {{-0.050F * upper, -0.52F},
                   {-0.052F * upper, -0.36F},
                   {-0.050F * upper, -0.24F},
                   {-0.056F * upper, -0.14F},
                   {-0.060F * upper, -0.06F},
                   {-0.05F, 0.05F},
                   {-0.04F, 0.3F},
                   {0.04F, 0.3F},
                   {0.06F, 0.05F},
                   {0.076F * upper, -0.055F},
                   {0.079F * upper, -0.085F},
                   {0.068F * upper, -0.112F},
                   {0.066F * knob * upper, -0.135F},
                   {0.076F * knob * upper, -0.160F},
                   {0.070F * knob * upper, -0.190F},
                   {0.052F * upper, -0.212F},
                   {0.047F * upper, -0.27F},
                   {0.052F * upper, -0.36F},
                   {0.052F * upper, -0.52F}};
  a.heart = smooth_closed(a.heart);
  a.mediastinum = smooth_closed(a.mediastinum);
}

void draw_body(Anatomy& a, rng::Generator& random) {
  const float fat = a.habitus, flank = a.chest_width + 0.035F + 0.085F * fat,
              waist = flank + (a.female ? -0.02F : 0.005F) + 0.03F * fat;
  const float neck = 0.095F + 0.03F * fat, shoulder = -0.375F + draw(random, -0.025F, 0.03F) - 0.02F * fat;
  Curve half = {{neck, -0.62F},
                {neck + 0.005F, -0.49F},
                {neck + 0.065F, -0.445F - 0.01F * fat},
                {0.27F, shoulder - 0.04F},
                {0.42F, shoulder - 0.01F},
                {0.50F, shoulder + 0.045F},
                {0.52F, -0.22F},
                {flank + 0.03F, -0.06F},
                {flank, 0.06F},
                {0.5F * (flank + waist), 0.25F},
                {waist, 0.42F},
                {waist + 0.02F, 0.7F}};
  Curve outline = on_side(half, -1);
  std::ranges::reverse(outline);
  outline.insert(outline.end(), half.begin(), half.end());
  a.torso = smooth_closed(outline);
  for (int s = 0; s < 2; ++s) {
    const float abduction = draw(random, 0.01F, 0.14F), width = 0.13F + 0.04F * fat;
    const Curve arm = {{0.42F, shoulder},
                       {0.51F, shoulder + 0.05F},
                       {0.55F + 0.4F * abduction, -0.2F},
                       {0.53F + abduction, 0.F},
                       {0.55F + 1.8F * abduction, 0.3F},
                       {0.56F + 2.2F * abduction, 0.7F},
                       {0.56F + 2.2F * abduction - width, 0.7F},
                       {0.55F + 1.8F * abduction - width, 0.3F},
                       {0.535F + abduction - width, 0.F},
                       {0.36F, -0.2F}};
    a.arms[s] = smooth_closed(on_side(arm, kSides[s]));
  }
}

void draw_ribs(Anatomy& a, rng::Generator& random) {
  const float span = a.chest_bottom - a.chest_top, tilt = draw(random, 0.88F, 1.12F);
  for (int k = 0; k < RibCage::kRibs; ++k) {
    const float u = static_cast<float>(k) / (RibCage::kRibs - 1);
    a.ribs.height[k] = a.chest_top + 0.012F + span * (0.02F + 0.80F * u) + normal(random, 0.002F);
    a.ribs.drop[k] = tilt * (0.115F + 0.19F * std::sqrt(u)) * (1 + normal(random, 0.025F));
    const float side_height = a.ribs.height[k] + 0.5F * a.ribs.drop[k];
    a.ribs.half_width[k] = a.wall(side_height) + 0.009F;
    a.ribs.front_end[k] = mix(2.65F, 2.25F, u) + normal(random, 0.04F);
  }
}

} // namespace

Point RibCage::at(int rib, float side, float angle) const {
  // Near the spine the rib rises a little before it falls.
  const float neck = -0.012F * std::sin(std::min(angle * 2, kPi));
  const float fall = 0.5F * (1 - std::cos(angle));
  return {side * (0.028F + (half_width[rib] - 0.028F) * std::sin(angle)), height[rib] + neck + drop[rib] * fall};
}

float RibCage::obliquity(int rib, float angle) const {
  const float dx = half_width[rib] * std::cos(angle), dy = 0.5F * drop[rib] * std::sin(angle);
  const float dz = 0.75F * half_width[rib] * std::sin(angle);
  const float across = std::sqrt(dx * dx + dy * dy);
  return std::min(std::sqrt(across * across + dz * dz) / across, 3.2F);
}

float Anatomy::wall(float y) const { return chest_width * wall_profile((y - chest_top) / (chest_bottom - chest_top)); }

Anatomy draw_anatomy(rng::Generator& random, const std::vector<Finding>& findings) {
  Anatomy a;
  a.female = random.uniform() < 0.45;
  a.portable = random.uniform() < (find(findings, kSupportDevices) ? 0.8 : 0.4);
  a.habitus = std::clamp(0.38F + normal(random, 0.22F), 0.F, 1.F);
  a.body_depth = 19 + 7 * a.habitus;
  a.lung_depth = 14.5F + draw(random, -1, 1.5F);
  a.carina = -0.115F + normal(random, 0.008F);
  a.pose = {.scale = draw(random, 1.04F, 1.24F),
            .rotation = normal(random, a.portable ? 0.035F : 0.014F),
            .shift = {normal(random, 0.012F), draw(random, -0.03F, 0.035F)}};
  draw_pleura(a, random, findings);
  draw_mediastinum(a, random, findings);
  draw_body(a, random);
  draw_ribs(a, random);
  a.texture_key = random.next_u32();
  return a;
}

} // namespace cxr::phantom
