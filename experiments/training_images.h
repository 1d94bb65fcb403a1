/// @file
/// Which images a model is adapted on, and the caption of each.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/set_rows.h"

namespace cxr {

/// --images, --concept, --per-concept, --captions.
struct TrainingImagesOptions {
  std::filesystem::path images;
  /// "LABEL=VALUE: PROMPT" each, "Pleural Effusion=1: a photo of a lung xray with visible pleural effusion": the images with that
  /// label (experiments/set_rows.h) and the prompt that they are trained with. An image that two concepts name is the first one's.
  std::vector<std::string> concepts;
  std::int64_t per_concept = 5; ///< the first so many images of each; 0: all
  /// In place of concepts: each image's own text, "impressions" or "prompts" (datasets of the set).
  std::string captions;
};

void add_training_images_options(CLI::App& app, TrainingImagesOptions& options);

/// Sample i is image rows[i] of the set, with captions[i].
struct TrainingImages {
  Rows rows;
  std::vector<std::string> captions, ids;
};

/// @throws InputError for neither or both of concepts and captions, a concept of another form, a label that no image has,
///   fewer images than asked for, a set without those captions, and an image without one (named)
TrainingImages read_training_images(const TrainingImagesOptions& options);

/// Whether a caption says nothing.
bool is_blank(const std::string& text);

} // namespace cxr
