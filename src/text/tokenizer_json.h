/// @file
/// tokenizer.json, the one file of the tokenizers library. Its stages are free to combine; those of CLIP, BERT and RoBERTa are
/// read.
#pragma once

#include "io/json.h"
#include "text/tokenizer_files.h"

namespace cxr {

/// "BPE" or "WordPiece". @throws InputError for another model
std::string model_type_of(const JsonFile& tokenizer);

/// The vocabulary and merges of `model`. @throws InputError
void read_model(const JsonFile& tokenizer, TokenizerSpec& spec);

/// What the stages before and after the model do, and the model's options: sets `kind`, `word_piece`, `byte_pairs`, and of
/// `special` what the file states. @throws InputError for stages that are none of the three kinds'
void read_stages(const JsonFile& tokenizer, TokenizerSpec& spec);

} // namespace cxr
