/// @file
/// A tokenizer's special and added tokens: which there are, their ids, and what they are for.
#pragma once

#include "text/tokenizer_files.h"
#include "text/tokenizer_folder.h"

namespace cxr {

/// Sets `added` and `special`. Roles that no file names have the tokens of transformers' class of that kind, as far as the
/// vocabulary has them.
/// @param as_it_stands tokenizer.json's own tokens come first, and what stands around a text is set already
/// @throws InputError for a token that the vocabulary lacks: one that a file names, or one that the class cannot do without
void name_tokens(const TokenizerFolder& folder, bool as_it_stands, TokenizerSpec& spec);

} // namespace cxr
