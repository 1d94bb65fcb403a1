/// @file
/// What a run over images carries over from the set that it read, so that its results are an image set themselves.
#pragma once

#include "data/image_set.h"
#include "dist/shard_plan.h"
#include "io/shard_file.h"

namespace cxr {

/// ids, study_ids, subject_ids, labels, reports and impressions of the batch's images, where the set has them.
Columns identity_columns(const ImageSet& images, Batch batch);

/// File attributes of an image set (format, what made it) and the names of /labels.
RunAttributes image_set_attributes(const std::string& command, const std::string& configuration);

} // namespace cxr
