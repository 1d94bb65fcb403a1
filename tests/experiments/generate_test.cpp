// `cxr generate` on a Stable Diffusion folder of formula weights.
#include <gmock/gmock.h>

#include "core/error.h"
#include "data/image_set.h"
#include "experiments/commands.h"
#include "experiments/formula_folders.h"
#include "experiments/run_command.h"
#include "experiments/sample_noise.h"
#include "io/hdf5.h"
#include "io/image_file.h"
#include "io/safetensors.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/throws.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class GenerateTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TemporaryFolder>();
    test::make_formula_diffusion(path("sd"));
    test::make_formula_bert(path("bert"));
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return (*folder_ / name).string(); }
  static hdf5::File results(const std::string& run) { return hdf5::File::open(path(run + "/results.h5")); }

  /// Runs `cxr generate` with 2 steps.
  static void generate(const std::string& run, std::vector<std::string> options) {
    test::run_command(generate_command, "generate",
                      test::with_defaults(std::move(options),
                                          {{"--model", path("sd")}, {"--out", path(run)}, {"--threads", "1"}, {"--steps", "2"}}));
  }
  static std::string refused(const std::vector<std::string>& options) {
    const auto message = test::refusal([&] { generate("refused", options); });
    EXPECT_FALSE(fs::exists(path("refused"))) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  }
  static std::vector<std::string> with(std::vector<std::string> options) {
    options.insert(options.end(), {"--prompt", "a lung xray"});
    return options;
  }
  static void write_latents(const std::string& name, const at::Tensor& latents) {
    auto file = hdf5::File::create(path(name));
    file.write("latents", latents);
    file.close();
  }

  static std::unique_ptr<test::TemporaryFolder> folder_;
};

std::unique_ptr<test::TemporaryFolder> GenerateTest::folder_;

TEST_F(GenerateTest, ResultsAreAnImageSetWithPrompts) {
  generate("two", {"--prompt", "a photo of a lung xray", "großer Befund", "--n", "3", "--batch-size", "2", "--save-latents"});
  const ImageSet images(path("two"));
  EXPECT_THAT(images.info().ids,
              testing::ElementsAre("p0000-0000", "p0000-0001", "p0000-0002", "p0001-0000", "p0001-0001", "p0001-0002"));
  EXPECT_EQ(images.images(0, 6).sizes(), (std::vector<std::int64_t>{6, 64, 64, 3}));
  const auto file = results("two");
  EXPECT_THAT(file.read_strings("prompts"),
              testing::ElementsAre("a photo of a lung xray", "a photo of a lung xray", "a photo of a lung xray", "großer Befund",
                                   "großer Befund", "großer Befund"));
  const auto latents = file.read("latents"); // [6,4,8,8]
  EXPECT_EQ(latents.sizes(), (std::vector<std::int64_t>{6, 4, 8, 8}));
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < i; ++j) EXPECT_FALSE(at::equal(latents[i], latents[j])) << i << " " << j;
  }
  const auto sheet = read_grey_image(path("two/contact_sheet.png"));
  EXPECT_GE(sheet.size(0), 2 * 64);
  EXPECT_GE(sheet.size(1), 3 * 64);
  EXPECT_GT(sheet.to(at::kFloat).std().item<double>(), 10); // not a blank page
}

TEST_F(GenerateTest, SampleDependsOnSeedAndNumberAlone) {
  const auto latents = [&](const std::string& run, std::vector<std::string> options) {
    options.insert(options.end(), {"--save-latents", "--scheduler", "ddpm", "--steps", "3"});
    generate(run, options);
    return results(run).read("latents");
  };
  const auto reference = latents("ddpm", {"--prompt", "lung", "heart", "--n", "2", "--batch-size", "4"});
  // Convolutions of another batch sum in another order: float32's 1e-7, grown by three steps.
  constexpr double kTolerance = 1e-4;
  EXPECT_CLOSE(latents("ddpm-alone", {"--prompt", "lung", "heart", "--n", "2", "--batch-size", "1"}), reference, kTolerance);
  EXPECT_CLOSE(latents("ddpm-first", {"--prompt", "lung", "--n", "2"}), reference.slice(0, 0, 2), kTolerance);
  EXPECT_FALSE(
      at::allclose(latents("ddpm-seed", {"--prompt", "lung", "--n", "2", "--seed", "1"}), reference.slice(0, 0, 2), 0.1, 0.1));
  // The same noise from a file: bit for bit.
  write_latents("noise.h5", sample_noise({0, 4}, {4, 8, 8}, 0, rng::Stream::kLatents));
  EXPECT_TRUE(
      at::equal(latents("ddpm-file", {"--prompt", "lung", "heart", "--n", "2", "--batch-size", "4", "--latents", path("noise.h5")}),
                reference));
}

TEST_F(GenerateTest, StepNoiseIsItsOwn) {
  const auto at_step = [](std::size_t step) { return sample_noise({7, 2}, {4, 8, 8}, 3, rng::Stream::kStepNoise, step); };
  EXPECT_EQ(at_step(0).sizes(), (std::vector<std::int64_t>{2, 4, 8, 8}));
  EXPECT_FALSE(at::equal(at_step(0), at_step(1)));
  EXPECT_FALSE(at::equal(at_step(1)[0], at_step(1)[1]));
  EXPECT_TRUE(at::equal(at_step(1)[1], sample_noise({8, 1}, {4, 8, 8}, 3, rng::Stream::kStepNoise, 1)[0]));
  EXPECT_FALSE(at::equal(at_step(0), sample_noise({7, 2}, {4, 8, 8}, 3, rng::Stream::kLatents)));
}

TEST_F(GenerateTest, ConditionsChangeWhatIsDrawn) {
  test::make_formula_projection(path("projection.safetensors"), 8, "cls");
  std::vector<at::Tensor> seen;
  const auto expect_new = [&](const std::string& run, const std::vector<std::string>& options) {
    generate(run, options);
    const auto images = results(run).read("images");
    for (const auto& other : seen) EXPECT_FALSE(at::equal(images, other)) << run;
    seen.push_back(images);
  };
  const std::vector<std::string> prompt = {"--prompt", "a photo of <lung-xray>"};
  const auto also = [&](std::vector<std::string> options) {
    options.insert(options.begin(), prompt.begin(), prompt.end());
    return options;
  };
  expect_new("plain", prompt);
  expect_new("embedding", also({"--embedding", CXR_FIXTURES "/conditions/learned_embeds.safetensors"}));
  expect_new("encoder", also({"--encoder", path("bert")}));
  expect_new("projection", also({"--encoder", path("bert"), "--projection", path("projection.safetensors")}));
  expect_new("unguided", also({"--guidance", "1"}));
  expect_new("negative", also({"--negative", "a heart"}));
  generate("tall", also({"--height", "80", "--width", "48", "--dtype", "bfloat16", "--vae-slicing"}));
  EXPECT_EQ(results("tall").shape("images"), (std::vector<std::int64_t>{1, 80, 48, 3}));
}

TEST_F(GenerateTest, PromptsFromFiles) {
  std::ofstream(path("prompts.txt")) << "a lung\r\n\n  \na heart";
  generate("lines", {"--prompts", path("prompts.txt")});
  EXPECT_THAT(results("lines").read_strings("prompts"), testing::ElementsAre("a lung", "a heart"));
  std::ofstream(path("latin1.txt")) << "a lung\nPoumon agrandi \xe9\n";
  EXPECT_THAT(refused({"--prompts", path("latin1.txt")}), AllOf(HasSubstr("latin1.txt"), HasSubstr("line 2")));
  std::ofstream(path("blank.txt")) << "\n\n";
  EXPECT_THAT(refused({"--prompts", path("blank.txt")}), HasSubstr("blank"));
  EXPECT_THAT(refused({}), HasSubstr("neither"));
  EXPECT_THAT(refused({"--prompts", path("prompts.txt"), "--prompt", "x"}), HasSubstr("both"));
}

TEST_F(GenerateTest, LongPromptIsCutWithAWarning) {
  std::string text = "a lung xray of the pleural";
  for (int i = 0; i < 60; ++i) text += " effusion";
  testing::internal::CaptureStderr();
  generate("long", {"--prompt", text, "--negative", "a lung"});
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, AllOf(HasSubstr("77 tokens"), HasSubstr("effusion effusion")));
  EXPECT_EQ(results("long").read_strings("prompts").front(), text); // whole, all the same
}

TEST_F(GenerateTest, FinishedRunIsKnownByItsInputs) {
  generate("again", with({}));
  const auto bytes = test::file_bytes(path("again/results.h5"));
  generate("again", with({}));
  EXPECT_EQ(test::file_bytes(path("again/results.h5")), bytes);
  EXPECT_THAT(test::refusal([&] { generate("again", with({"--guidance", "3"})); }), HasSubstr("guidance"));
  fs::create_directories(path("other"));
  fs::copy(path("sd/unet"), path("other/unet"));
  auto state = read_safetensors(path("other/unet/diffusion_pytorch_model.safetensors"));
  for (auto& [key, tensor] : state) tensor = tensor.clone();
  state.at("conv_out.bias") += 0.5;
  write_recorded_safetensors(path("other/unet/diffusion_pytorch_model.safetensors"), state);
  generate("from-other", with({"--unet", path("other")}));
  EXPECT_FALSE(at::equal(results("from-other").read("images"), results("again").read("images")));
}

TEST_F(GenerateTest, BadInputIsNamed) {
  EXPECT_THAT(refused(with({"--steps", "0"})), HasSubstr("--steps"));
  EXPECT_THAT(refused(with({"--steps", "1001"})), HasSubstr("--steps"));
  EXPECT_THAT(refused(with({"--scheduler", "euler"})), AllOf(HasSubstr("euler"), HasSubstr("dpmsolver++")));
  EXPECT_THAT(refused(with({"--height", "60"})), AllOf(HasSubstr("--height"), HasSubstr("multiple of 8"), HasSubstr("60")));
  EXPECT_THAT(refused(with({"--width", "100"})), AllOf(HasSubstr("--width"), HasSubstr("multiple of 8")));
  EXPECT_THAT(refused(with({"--unet", CXR_FIXTURES "/unets/sd/unet"})),
              AllOf(HasSubstr("text_encoder"), HasSubstr("hidden_size"), HasSubstr("expected 6"), HasSubstr("found 8")));

  write_latents("few.h5", at::zeros({3, 4, 8, 8}));
  EXPECT_THAT(refused(with({"--latents", path("few.h5"), "--n", "4"})),
              AllOf(HasSubstr("latents"), HasSubstr("[4,4,8,8]"), HasSubstr("[3,4,8,8]")));
  write_latents("large.h5", at::zeros({1, 4, 16, 8}));
  EXPECT_THAT(refused(with({"--latents", path("large.h5")})), HasSubstr("[1,4,16,8]"));
  write_latents("double.h5", at::zeros({1, 4, 8, 8}, at::kDouble));
  EXPECT_THAT(refused(with({"--latents", path("double.h5")})), AllOf(HasSubstr("float32"), HasSubstr("Double")));
  EXPECT_THAT(refused(with({"--latents", path("sd")})), HasSubstr("/latents"));
}

TEST_F(GenerateTest, NumbersThatAreNotFinite) {
  fs::create_directories(path("nan"));
  fs::copy(path("sd/unet"), path("nan/unet"));
  const auto weights = path("nan/unet/diffusion_pytorch_model.safetensors");
  auto state = read_safetensors(weights);
  for (auto& [key, tensor] : state) tensor = tensor.clone();
  state.at("conv_out.bias")[2] = NAN;
  write_recorded_safetensors(weights, state);
  EXPECT_THAT(refused(with({"--unet", path("nan"), "--check-finite"})),
              AllOf(HasSubstr(weights), HasSubstr("conv_out.bias"), HasSubstr("1 of 4")));
  const auto message = test::message_of<std::runtime_error>([&] { generate("not-finite", with({"--unet", path("nan")})); });
  EXPECT_THAT(message, AllOf(HasSubstr("step 1"), HasSubstr("p0000-0000")));

  auto latents = at::zeros({2, 4, 8, 8});
  latents[1][0][0][0] = INFINITY;
  write_latents("infinite.h5", latents);
  EXPECT_THAT(test::refusal([&] {
                generate("infinite", with({"--latents", path("infinite.h5"), "--n", "2"}));
              }),
              AllOf(HasSubstr("infinite.h5"), HasSubstr("sample 1")));
}

} // namespace
} // namespace cxr
