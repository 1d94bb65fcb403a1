// What the toy Stable Diffusion of models/toy draws (models/toy/README.md): it heeds its prompts, and a radiograph is a blur to it.
#include <gtest/gtest.h>

#include "core/error.h"
#include "data/image_set.h"
#include "experiments/commands.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

constexpr std::int64_t kEach = 3; ///< images a prompt

/// Images of each prompt, float [prompts,kEach,128,128,3], 0 to 255.
at::Tensor samples_of(const std::vector<std::string>& prompts) {
  const test::TemporaryFolder folder;
  CLI::App root;
  const auto command = generate_command(root);
  root.parse(
      fmt::format("generate --model {} --n {} --steps 8 --guidance 4 --scheduler dpmsolver++ --threads 1 --quiet --out {} "
                  "--prompt \"{}\"",
                  CXR_SOURCE_DIR "/models/toy", kEach, (folder / "run").string(), fmt::join(prompts, "\" \"")));
  EXPECT_EQ(command.run(), kDone);
  const auto count = std::ssize(prompts);
  return ImageSet(folder / "run").images(0, count * kEach).to(at::kFloat).reshape({count, kEach, 128, 128, 3});
}

/// How much neighbours along a dimension differ in the mean, grey levels [prompts].
std::vector<float> steps_along(const at::Tensor& samples, std::int64_t dimension) {
  const auto steps = samples.diff(1, dimension).abs().mean(at::IntArrayRef{1, 2, 3, 4});
  return {steps.const_data_ptr<float>(), steps.const_data_ptr<float>() + steps.numel()};
}

TEST(ToyDiffusion, HeedsItsPrompts) {
  const auto samples =
      samples_of({"horizontal black and white stripes", "vertical black and white stripes", "a photo of a lung xray"});
  const auto down = steps_along(samples, 2), across = steps_along(samples, 3);
  // Measured: 15.6 and 7.3, 3.2 and 24.8, 2.2 and 3.1.
  EXPECT_GT(down[0], 1.4F * across[0]);
  EXPECT_GT(across[1], 3 * down[1]);
  EXPECT_LT(down[2], 6);
  EXPECT_LT(across[2], 6);
}

} // namespace
} // namespace cxr
