/// @file
/// CLIP's text model as a text encoder.
#pragma once

#include "models/text_encoder.h"

namespace cxr {

/// @throws InputError
std::unique_ptr<TextEncoder> load_clip_text_encoder(const std::filesystem::path& folder, const LoadOptions& options);

} // namespace cxr
