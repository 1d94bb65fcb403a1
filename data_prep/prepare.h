/// @file
/// A source's images to an image set: a seeded sample, decoded on all cores and ranks, written in the order of the paths.
#pragma once

#include <filesystem>
#include <string>

#include "data/resize.h"
#include "data_prep/source.h"
#include "dist/communicator.h"

namespace cxr {

struct PrepareOptions {
  std::filesystem::path out;
  std::int64_t n = 1000; ///< how many images are sampled; all where the source has fewer
  std::uint64_t seed = 0;
  std::int64_t size = 512; ///< side of the square that images are resized to
  ResizeRule resize = ResizeRule::kCenterCrop;
  std::int64_t max_side = 0; ///< if not 0, instead of `size`: the longer side's limit, aspect kept (data/resize.h)
  double max_bad = 0.01;     ///< the largest fraction of the sample that may be unreadable
  int threads = 0;           ///< decoding threads of this rank; 0 for its share of the node's cores
  std::string configuration; ///< what decides the result, kept in the set
};

/// Collective over `ranks`; the set's bytes do not depend on their number, nor on the number of threads. Every rank decodes blocks
/// of images into parts (OUT.parts-…/), which rank 0 joins, one at a time, and removes: memory holds a block, however large the
/// set. A launch that was cut off, run again, goes on from the parts that are there.
///
/// An image that can't be read is listed with its reason in OUT.quarantine.csv and is not replaced: the set has fewer rows then.
/// @throws InputError if `out` exists, the source is empty, or more than `max_bad` of the sample is unreadable (then only the list
///   is written); Interrupted after a signal, the finished parts kept
void prepare(Source source, const PrepareOptions& options, Communicator& ranks);

} // namespace cxr
