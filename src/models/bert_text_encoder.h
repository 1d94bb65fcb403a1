/// @file
/// BERT, RoBERTa and CXR-BERT as text encoders.
#pragma once

#include "models/text_encoder.h"

namespace cxr {

/// @throws InputError
std::unique_ptr<TextEncoder> load_bert_text_encoder(const std::filesystem::path& folder, const LoadOptions& options);

} // namespace cxr
