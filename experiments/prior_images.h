/// @file
/// The class images of prior preservation (Ruiz et al. 2022): what the model drew before it was adapted, or images of a set.
#pragma once

#include <CLI/CLI.hpp>

#include "experiments/training_images.h"
#include "run/execution_options.h"

namespace cxr {

struct PriorImagesOptions {
  double weight = 1;                ///< λ; 0: no prior
  std::vector<std::string> prompts; ///< --class-prompt
  std::filesystem::path images;     ///< --class-images
  std::int64_t count = 200, steps = 50;
  double guidance = 7.5;

  bool is_asked() const { return weight > 0 && (!prompts.empty() || !images.empty()); }
};

void add_prior_images_options(CLI::App& app, PriorImagesOptions& options);

/// How the model draws them.
struct ClassImageModel {
  std::filesystem::path model, unet;
  std::int64_t height, width; ///< pixels
  std::string dtype;
  std::uint64_t seed;
};

/// Images with captions, and the set that `rows` counts in.
struct PriorImages {
  std::filesystem::path set;
  TrainingImages images;
};

/// given_prior_images(), or those of a `cxr generate` run in `folder`, which goes on where it was cut off. Collective.
/// @throws InputError; Interrupted
PriorImages prior_images(const PriorImagesOptions& options, const ClassImageModel& model, const std::filesystem::path& folder,
                         const ExecutionOptions& execution);

/// Those of --class-images, each with its own prompt (/prompts) or the --class-prompt. @throws InputError
PriorImages given_prior_images(const PriorImagesOptions& options);

/// Warns where class images are to have the caption of training images: the prior would hold on to what training changes.
void tell_shared_captions(const std::vector<std::string>& captions, const std::vector<std::string>& prior);

} // namespace cxr
