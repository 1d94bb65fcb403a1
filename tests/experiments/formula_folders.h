/// @file
/// Model folders with weights from the formula (support/weight_formula.h), made where a test runs.
#pragma once

#include <torch/nn/module.h>

#include <filesystem>

namespace cxr::test {

/// Writes model.safetensors with the formula's value for each of the module's parameters.
void write_formula_weights(const torch::nn::Module& module, const std::filesystem::path& file);

/// A CLIP text encoder 8 wide, of the fixture conditions/clip, with the tokenizer of tokenizers/clip in `folder`/tokenizer.
void make_formula_clip(const std::filesystem::path& folder);

/// A BERT 8 wide, of the fixture conditions/bert, with the tokenizer of tokenizers/bert_cased.
void make_formula_bert(const std::filesystem::path& folder);

/// A Stable Diffusion folder: the CLIP above in text_encoder/ and tokenizer/; a U-Net for 8 × 8 latents and conditions 8 wide; the
/// fixture models/vae_sd1_fp16, so that images have 64 × 64 pixels; SD v1.4's scheduler.
void make_formula_diffusion(const std::filesystem::path& folder);

/// A projection from `in` to 8, by way of 12 (models/textual_projection.h). @param extraction empty: level token
void make_formula_projection(const std::filesystem::path& file, std::int64_t in, const std::string& extraction,
                             std::int64_t out = 8);

} // namespace cxr::test
