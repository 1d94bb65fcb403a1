#include "data_prep/phantom/phantom.h"

#include "core/error.h"
#include "data_prep/phantom/detector.h"
#include "data_prep/phantom/scene.h"

namespace cxr {
namespace phantom {

Plan plan_phantom(std::uint64_t seed, std::int64_t number, const std::vector<int>* findings) {
  // Numbers of phantoms are not negative: the upper half of the stream's samples is the words'.
  const auto sample = static_cast<std::uint64_t>(number);
  rng::Generator random(seed, rng::Stream::kPhantom, sample), words(seed, rng::Stream::kPhantom, ~sample);
  auto placed = findings ? place_findings(*findings, random) : sample_findings(random);
  const auto denied = draw_denied(placed, random);
  auto report = write_report(placed, denied, Airspace::kAsOpacity, words);
  return {random, std::move(placed), std::move(report)};
}

at::Tensor render(Plan plan, std::int64_t size) {
  expects(size >= 32 && size <= 4096, "phantom: size is 32 to 4096 pixels, got {}", size);
  const Anatomy anatomy = draw_anatomy(plan.random, plan.findings);
  Scene scene(anatomy, plan.random, static_cast<int>(size));
  draw_soft_tissue(scene);
  draw_skeleton(scene, find(plan.findings, kFracture));
  const Finding* edema = find(plan.findings, kEdema);
  draw_lung_markings(scene, edema ? 0.4F + 0.6F * edema->severity : 0.F);
  draw_lung_disease(scene, plan.findings);
  draw_pleural_disease(scene, plan.findings);
  if (const Finding* devices = find(plan.findings, kSupportDevices)) draw_devices(scene, devices->devices);

  const auto pixels = expose(scene);
  auto image = at::empty({size, size}, at::kByte);
  std::ranges::copy(pixels, image.data_ptr<std::uint8_t>());
  return image;
}

} // namespace phantom

namespace {

ImageRecord make(std::uint64_t seed, std::int64_t number, std::int64_t size, const std::vector<int>* findings) {
  auto plan = phantom::plan_phantom(seed, number, findings);
  ImageRecord record;
  record.id = fmt::format("phantom-{}-{:06}", seed, number);
  record.study_id = record.subject_id = record.id;
  record.labels = plan.report.labels;
  record.report = plan.report.report;
  record.impression = plan.report.impression;
  record.image = phantom::render(std::move(plan), size);
  return record;
}

} // namespace

ImageRecord make_phantom(std::uint64_t seed, std::int64_t number, std::int64_t size) { return make(seed, number, size, nullptr); }

ImageRecord make_phantom(std::uint64_t seed, std::int64_t number, std::int64_t size, const std::vector<int>& findings) {
  return make(seed, number, size, &findings);
}

} // namespace cxr
