/// @file
/// From the keys that published text encoders' checkpoints have to those of the encoder alone.
#pragma once

#include "io/state_dict.h"

namespace cxr {

/// Keys without the encoder's `prefix` where the checkpoint has it (`bert.`, `roberta.`, `text_model.`), without heads that no
/// extraction reads (masked-language and next-sentence heads, CLIP's image half), and with layer norms' oldest names, `gamma` and
/// `beta`, as today's. What is neither stays, for the strict loader to name.
StateDict text_encoder_keys(const StateDict& checkpoint, const std::string& prefix);

/// Whether any key starts with `prefix`.
bool has_part(const StateDict& state, const std::string& prefix);

} // namespace cxr
