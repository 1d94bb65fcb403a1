#include "experiments/prior_images.h"

#include "core/error.h"
#include "core/log.h"
#include "data/image_set.h"
#include "experiments/commands.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> generate_arguments(const PriorImagesOptions& options, const ClassImageModel& model, const fs::path& folder,
                                            const ExecutionOptions& execution) {
  std::vector<std::string> arguments = {"generate",  "--model", model.model.string(), "--unet",   model.unet.string(), "--dtype",
                                        model.dtype, "--out",   folder.string(),      "--device", execution.device};
  const auto add = [&](const char* option, const auto& value) {
    arguments.emplace_back(option);
    arguments.push_back(fmt::format("{}", value));
  };
  add("--n", options.count);
  add("--steps", options.steps);
  add("--guidance", options.guidance);
  add("--height", model.height);
  add("--width", model.width);
  add("--seed", model.seed);
  add("--threads", execution.threads);
  if (execution.quiet) arguments.emplace_back("--quiet");
  for (const auto& prompt : options.prompts) arguments.push_back("--prompt=" + prompt);
  return arguments;
}

void generate(std::vector<std::string> arguments) {
  CLI::App root;
  const auto command = generate_command(root);
  std::ranges::reverse(arguments); // as CLI11 takes them
  root.parse(std::move(arguments));
  command.run();
}

} // namespace

void add_prior_images_options(CLI::App& app, PriorImagesOptions& options) {
  app.add_option("--prior-weight", options.weight, "of the class images' loss, beside the training images' 1; 0: no prior")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--class-prompt", options.prompts, "what the model draws before it is adapted, and shall still be able to draw");
  app.add_option("--class-images", options.images,
                 "a set or run of such images in place of drawn ones, with /prompts or a --class-prompt");
  app.add_option("--class-count", options.count, "images of each --class-prompt")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--class-steps", options.steps, "denoising steps of each")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--class-guidance", options.guidance, "scale of classifier-free guidance")->capture_default_str();
}

PriorImages given_prior_images(const PriorImagesOptions& options) {
  if (options.prompts.empty()) return {options.images, read_training_images({.images = options.images, .captions = "prompts"})};
  if (options.prompts.size() > 1) {
    throw InputError("--class-prompt", "", "one, of all images of --class-images", fmt::format("{}", options.prompts.size()));
  }
  const ImageSet images(options.images);
  const auto count = static_cast<std::size_t>(images.size());
  return {options.images, {all_rows(images.size()), std::vector<std::string>(count, options.prompts.front()), images.info().ids}};
}

PriorImages prior_images(const PriorImagesOptions& options, const ClassImageModel& model, const fs::path& folder,
                         const ExecutionOptions& execution) {
  for (const auto& prompt : options.prompts) {
    if (is_blank(prompt)) throw InputError("--class-prompt", "", "a text", fmt::format("\"{}\"", prompt));
  }
  if (!options.images.empty()) return given_prior_images(options);
  generate(generate_arguments(options, model, folder, execution));
  return {folder, read_training_images({.images = folder, .captions = "prompts"})};
}

void tell_shared_captions(const std::vector<std::string>& captions, const std::vector<std::string>& prior) {
  const auto shared = std::ranges::find_first_of(prior, captions);
  if (shared != prior.end()) {
    log::warn("class images and training images share the caption \"{}\": the prior holds on to what training changes", *shared);
  }
}

} // namespace cxr
