/// @file
/// What holds between a text encoder, its tokenizer and what is asked of them, whichever command asks.
#pragma once

#include <filesystem>
#include <string>

#include "models/text_encoder.h"
#include "text/tokenizer.h"

namespace cxr {

/// The folder of an encoder's tokenizer: `tokenizer/` beside a Stable Diffusion folder's `text_encoder/`, else the encoder's own.
std::filesystem::path tokenizer_folder(const std::filesystem::path& encoder);

/// What people call an encoder: its folder's name.
std::string encoder_name(const std::filesystem::path& folder);

/// The most tokens a text, special ones included: what the encoder holds, or less where the tokenizer states less.
std::int64_t most_tokens(const Tokenizer& tokenizer, const TextEncoder& encoder);

/// How many tokens a prompt is padded to whose states condition a U-Net, each by itself: what an encoder of a fixed length holds
/// (CLIP), and CLIP's 77 of any other's, or fewer where it holds less.
std::int64_t condition_tokens(const Tokenizer& tokenizer, const TextEncoder& encoder);

/// The id that stands behind a prompt's end: the tokenizer's padding token, or its end token if it has none.
std::int32_t padding_id(const Tokenizer& tokenizer);

/// @param tokenizer the tokenizer's folder  @param vocabulary_size how many ids it has
/// @throws InputError if it has more than the encoder's embedding has rows
void check_vocabulary(const std::filesystem::path& tokenizer, std::int64_t vocabulary_size, const TextEncoder& encoder);

/// @param folder the encoder's  @throws InputError if its checkpoint lacks what the extraction needs, naming what it offers
void check_offers(const TextEncoder& encoder, Extraction extraction, const std::filesystem::path& folder);

} // namespace cxr
