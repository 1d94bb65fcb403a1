/// @file
/// Phantoms: procedural frontal radiographs with drawn findings, their labels and a report. They stand in for patients in the demo
/// and the tests. Everything about phantom `number` follows from (seed, number), whatever the size, the threads and the ranks.
#pragma once

#include <cstdint>
#include <vector>

#include "data/image_set.h"
#include "data_prep/phantom/phantom_report.h"

namespace cxr {

/// Phantom `number` of `seed`; its findings are drawn with about the frequencies of CheXpert.
/// @param size side of the square image in pixels, 32 to 4096
ImageRecord make_phantom(std::uint64_t seed, std::int64_t number, std::int64_t size);

/// Phantom `number` of `seed` with the findings given; place and severity are drawn.
/// @param findings positions in kCheXpertLabels; empty or {0} for No Finding
ImageRecord make_phantom(std::uint64_t seed, std::int64_t number, std::int64_t size, const std::vector<int>& findings);

namespace phantom {

/// A phantom before it is rendered: what it shows, what the report says, and the generator that goes on to the anatomy.
struct Plan {
  rng::Generator random;
  std::vector<Finding> findings;
  Report report;
};

/// @param findings nullptr to draw them
Plan plan_phantom(std::uint64_t seed, std::int64_t number, const std::vector<int>* findings);

/// uint8 [size, size].
at::Tensor render(Plan plan, std::int64_t size);

} // namespace phantom
} // namespace cxr
