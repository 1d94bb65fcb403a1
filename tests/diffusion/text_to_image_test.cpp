// diffusers' StableDiffusionPipeline on the small U-Net and autoencoder of the model fixtures, from the same noise.
#include "diffusion/text_to_image.h"

#include <limits>
#include <stdexcept>

#include <gmock/gmock.h>

#include "diffusion/out_of_memory.h"
#include "diffusion/small_diffusion.h"
#include "models/model_input.h"
#include "support/throws.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using testing::HasSubstr;

using test::condition;
using test::negative;
using test::small_diffusion;
using test::small_unet;
using test::starting_noise;

TEST(TextToImage, EqualsDiffusersPipeline) {
  const auto expected = test::expected_samples();
  for (const auto& walk : test::kExpectedWalks) {
    auto text_to_image = small_diffusion(small_unet(), walk.scheduler, {.steps = walk.steps, .guidance = walk.guidance}, walk.eta);
    const auto latents = text_to_image.latents(starting_noise(), condition(), negative(), test::step_noise);
    // A walk is good to 1e-3. diffusers itself is within 6e-6 of its float64: guidance multiplies each step's rounding by 7.5.
    EXPECT_CLOSE(latents, expected.at(std::string(walk.name) + ".latents"), 1e-4) << walk.name;
    const auto pixels = to_rgb8(text_to_image.images(latents)).to(at::kInt);
    const auto difference = (pixels - expected.at(std::string(walk.name) + ".images").to(at::kInt)).abs().max().item<int>();
    EXPECT_LE(difference, 1) << walk.name; // a value near a half may be rounded either way
  }
}

TEST(TextToImage, WithoutGuidanceTheNegativeIsUnread) {
  auto half = small_diffusion(small_unet(), "ddim", {.steps = 5, .guidance = 0.5});
  auto one = small_diffusion(small_unet(), "ddim", {.steps = 5, .guidance = 1});
  EXPECT_CLOSE(half.latents(starting_noise(), condition(), {}), one.latents(starting_noise(), condition(), negative()), 0);
}

TEST(TextToImage, SamplesOfABatchDoNotKnowOfEachOther) {
  auto text_to_image = small_diffusion(small_unet(), "ddim", {.steps = 5});
  const auto both = text_to_image.latents(starting_noise(), condition(), negative());
  for (std::int64_t i = 0; i < 2; ++i) {
    const auto alone = [i](const at::Tensor& batch) { return batch.slice(0, i, i + 1); };
    const auto latents = text_to_image.latents(alone(starting_noise()), alone(condition()), alone(negative()));
    EXPECT_CLOSE(latents, alone(both), 1e-5); // matrix products of another shape sum in another order
  }
}

TEST(TextToImage, BrainFloat16KeepsFloat32Latents) {
  const LoadOptions bf16{.dtype = at::kBFloat16};
  auto exact = small_diffusion(small_unet(), "ddim", {.steps = 10}),
       rough = small_diffusion(small_unet(bf16), "ddim", {.steps = 10}, 0, bf16);
  const auto expected = exact.latents(starting_noise(), condition(), negative());
  const auto latents = rough.latents(starting_noise(), condition(), negative());
  EXPECT_EQ(latents.scalar_type(), at::kFloat);
  EXPECT_CLOSE(latents, expected, 0.1); // 8 bits of mantissa, ten steps, guidance of 7.5
  EXPECT_CLOSE(rough.images(expected), exact.images(expected), 0.1);
}

TEST(TextToImage, TellsOfEachStep) {
  auto text_to_image = small_diffusion(small_unet(), "", {.steps = 3});
  std::vector<std::pair<std::size_t, std::size_t>> told;
  text_to_image.latents(starting_noise(), condition(), negative(), {},
                        [&](auto done, auto count) { told.emplace_back(done, count); });
  EXPECT_THAT(told, testing::ElementsAre(testing::Pair(1, 4), testing::Pair(2, 4), testing::Pair(3, 4), testing::Pair(4, 4)));
}

TEST(TextToImage, NamesTheStepAndTheSampleThatIsNotFinite) {
  auto unet = small_unet();
  auto text_to_image = small_diffusion(unet, "ddim", {.steps = 10});
  const auto nan_condition = condition();
  nan_condition[1][2][3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(test::message_of<std::runtime_error>([&] { text_to_image.latents(starting_noise(), nan_condition, negative()); }),
              HasSubstr("after step 1 of 10 (timestep 901): sample 1 of the batch is not finite"));

  const auto latents = starting_noise();
  latents[0][1][2][3] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(test::message_of<std::runtime_error>([&] { text_to_image.images(latents); }), HasSubstr("in decoding: sample 0"));

  unet->named_parameters()["conv_out.bias"][0] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(test::message_of<std::runtime_error>([&] { text_to_image.latents(starting_noise(), condition(), negative()); }),
              HasSubstr("sample 0 of the batch is not finite"));
}

TEST(WithMemoryAdvice, SaysWhatToLower) {
  const auto huge = [] { return at::empty({std::int64_t{1} << 50}, at::kFloat); };
  EXPECT_THAT(test::message_of<std::runtime_error>([&] { with_memory_advice("decoding 9 images", kSamplingAdvice, huge); }),
              testing::AllOf(testing::StartsWith("out of memory while decoding 9 images: lower --batch-size"),
                             HasSubstr("--vae-tiling"), HasSubstr("bfloat16"), testing::Not(HasSubstr("\n"))));
  EXPECT_THROW(with_memory_advice("", "", []() -> at::Tensor { throw std::bad_alloc(); }), std::runtime_error);
  EXPECT_THROW(with_memory_advice("", "", [] { return at::ones({2}) + at::ones({3}); }), c10::Error); // not of memory: as it is
}

} // namespace
} // namespace cxr
