// `cxr train inversion` on a Stable Diffusion folder of formula weights. What holds for every training is tested in tests/training.
#include <fstream>

#include <gmock/gmock.h>

#include "core/error.h"
#include "data/image_set.h"
#include "data_prep/phantom/phantom.h"
#include "experiments/commands.h"
#include "experiments/formula_folders.h"
#include "experiments/inversion_objective.h"
#include "experiments/prompt_conditions.h"
#include "experiments/prompt_templates.h"
#include "experiments/run_command.h"
#include "io/safetensors.h"
#include "models/learned_embeddings.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"
#include "training/adamw.h"
#include "training/loss_log.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kToken = "<lung-xray>";
constexpr const char* kInitializer = "ear"; ///< one token of the fixtures' tokenizer

NoiseSchedule schedule() { return NoiseSchedule({.beta_start = 0.00085, .beta_end = 0.012, .beta_schedule = "scaled_linear"}); }

class TrainInversion : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TemporaryFolder>();
    test::make_formula_diffusion(path("sd"));
    std::vector<ImageRecord> images;
    for (int i = 0; i < 6; ++i) {
      images.push_back(make_phantom(31, i, 64, i % 2 ? std::vector<int>{phantom::kPleuralEffusion} : std::vector<int>{}));
    }
    write_image_set(path("images.h5"), images, true, false, {});
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return (*folder_ / name).string(); }
  static InvertedTokenOptions token(std::int64_t vectors = 1) { return {path("sd"), kToken, kInitializer, vectors}; }
  static std::vector<std::string> object_prompts() {
    std::vector<std::string> prompts;
    for (const auto& each : prompt_templates("object")) prompts.push_back(filled_template(each, kToken));
    return prompts;
  }
  static InversionObjective objective(UNet2DCondition unet) {
    LatentCache latents({path("sd"), path("images.h5"), {0, 1, 2, 3, 4, 5}, {}, 0}, {}, world());
    return {InvertedToken(token(), {}),
            std::move(unet),
            schedule(),
            std::move(latents),
            {"0", "1", "2", "3", "4", "5"},
            object_prompts(),
            {.model = path("sd"), .denoising = {}, .seed = 3, .validation = {}}};
  }
  /// @param options in place of the defaults, or beside them
  static void train(const std::string& out, std::vector<std::string> options = {}) {
    const std::vector<std::pair<std::string, std::string>> defaults = {{"--model", path("sd")}, {"--images", path("images.h5")},
                                                                       {"--token", kToken},     {"--initializer", kInitializer},
                                                                       {"--batch-size", "2"},   {"--steps", "3"},
                                                                       {"--out", path(out)},    {"--threads", "1"}};
    test::run_command(train_inversion_command, "inversion", test::with_defaults(std::move(options), defaults));
  }
  static std::string refused(const std::vector<std::string>& options) {
    const auto message = test::refusal([&] { train("refused", options); });
    EXPECT_FALSE(fs::exists(path("refused"))) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  }

  static std::unique_ptr<test::TemporaryFolder> folder_;
};

std::unique_ptr<test::TemporaryFolder> TrainInversion::folder_;

// tests/fixtures/make_inversion_fixtures.py has the same templates, noise and timesteps.
TEST_F(TrainInversion, FollowsDiffusersForFiveSteps) {
  const auto expected = read_safetensors(fs::path(CXR_FIXTURES) / "training/inversion.safetensors");
  const std::vector<std::string> templates = {"a photo of a {}", "{}, large", "a picture in the style of {} and of a {}"};
  const InvertedToken inverted(token(2), {});
  auto unet = load_unet_2d_condition(path("sd"));
  auto vectors = inverted.parameter().value;
  AdamW optimizer({inverted.parameter()}, {.weight_decay = 1e-2});
  const std::vector<std::int64_t> shape = {2, 4, 8, 8};
  for (std::int64_t step = 0; step < 5; ++step) {
    std::vector<std::string> prompts;
    for (std::size_t i = 0; i < 2; ++i)
      prompts.push_back(filled_template(templates[(static_cast<std::size_t>(step) + i) % 3], kToken));
    const DrawnNoise drawn{test::formula_uniform(fmt::format("noise.{}", step), shape),
                           at::tensor({37 + 190 * step, 999 - 111 * step}, at::kLong)};
    const auto losses = denoising_losses(unet, schedule(), {}, test::formula_uniform(fmt::format("latents.{}", step), shape),
                                         inverted.conditions(inverted.ids(prompts)), drawn);
    EXPECT_CLOSE(losses.mean().detach(), expected.at("losses")[step], 1e-5) << "step " << step;
    losses.mean().backward();
    EXPECT_CLOSE(vectors.grad(), expected.at("gradients")[step], 1e-4) << "step " << step; // float32 through both networks and back
    optimizer.step(0.01);
    vectors.mutable_grad().zero_();
    // A step moves each number by about the rate times the gradient over its root mean square: as exact as the smallest gradient.
    EXPECT_CLOSE(vectors.detach(), expected.at("vectors")[step], 1e-4) << "step " << step;
  }
}

TEST_F(TrainInversion, TheNewVectorsAloneAreTrained) {
  auto unet = load_unet_2d_condition(path("sd"));
  auto trained = objective(unet);
  ASSERT_EQ(trained.parameters().size(), 1U);
  const auto vectors = trained.parameters().front().value;
  EXPECT_EQ(vectors.sizes(), (std::vector<std::int64_t>{1, 8}));
  AdamW optimizer(trained.parameters(), {});
  for (std::int64_t step = 0; step < 2; ++step) {
    const std::vector<Draw> draws = {{2 * step, 0, step}, {2 * step + 1, 4, step}};
    trained.losses(draws).sum().backward();
    optimizer.step(0.1);
  }
  EXPECT_GT(vectors.grad().abs().max().item<float>(), 0);
  const auto before = read_state_dict(path("sd/unet/diffusion_pytorch_model.safetensors"));
  for (const auto& item : unet->named_parameters()) {
    EXPECT_FALSE(item.value().requires_grad() || item.value().grad().defined()) << item.key();
    EXPECT_TRUE(at::equal(item.value(), before.at(item.key()))) << item.key();
  }
}

TEST_F(TrainInversion, OtherPromptsAreEncodedAsBefore) {
  const InvertedToken inverted(token(3), {});
  const at::NoGradGuard no_grad;
  inverted.parameter().value.fill_(0.7F);
  PromptConditions plain({path("sd"), {}, {}}, {});
  for (const std::string prompt : {"", "a photo of a lung xray"}) {
    EXPECT_TRUE(at::equal(inverted.conditions(inverted.ids({prompt})), plain(prompt))) << prompt;
  }
}

TEST_F(TrainInversion, StartsFromTheInitializersVector) {
  const auto table = read_state_dict(path("sd/text_encoder/model.safetensors")).at("embeddings.token_embedding.weight");
  const InvertedToken inverted(token(2), {.dtype = at::kBFloat16});
  const auto& vectors = inverted.parameter().value;
  EXPECT_EQ(vectors.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(vectors[0], vectors[1]));
  const auto id = load_tokenizer(path("sd"))->encode(kInitializer).at(0);
  EXPECT_CLOSE(vectors[0].detach(), table[id], 4e-3); // bfloat16's 8 bits
  EXPECT_EQ(inverted.conditions(inverted.ids({"a photo of a <lung-xray>"})).scalar_type(), at::kBFloat16);
}

TEST_F(TrainInversion, ADrawsLossDoesNotDependOnItsCompany) {
  auto trained = objective(load_unet_2d_condition(path("sd")));
  const std::vector<Draw> draws = {{10, 3, 2}, {11, 0, 2}, {12, 5, 2}, {13, 1, 2}};
  const auto all = trained.losses(draws).detach();
  const auto parts = at::cat({trained.losses(std::span(draws).first(1)), trained.losses(std::span(draws).last(3))}).detach();
  EXPECT_CLOSE(parts, all, 1e-6);
  std::vector<Draw> many;
  for (std::int64_t number = 0; number < 2000; ++number) many.push_back({number, 0, 0});
  const auto counts = at::bincount(trained.prompts_of(many));
  EXPECT_EQ(counts.size(0), std::ssize(object_prompts()));
  EXPECT_GT(counts.min().item<std::int64_t>(), 50); // of 91 in the mean: 4 standard deviations
}

TEST_F(TrainInversion, GenerateTakesTheResult) {
  train("run", {"--vectors", "2", "--where", "Pleural Effusion=1", "--write-every", "2", "--learning-rate", "0.05",
                "--validation-prompt", "a photo of a <lung-xray>", "--validation-images", "1", "--validation-steps", "2"});
  const fs::path run = path("run");
  std::map<std::string, std::string> metadata;
  const auto saved = read_safetensors(run / "learned_embeds.safetensors", &metadata);
  EXPECT_EQ(metadata.at("format"), "pt");
  ASSERT_TRUE(saved.contains(kToken));
  EXPECT_EQ(saved.at(kToken).sizes(), (std::vector<std::int64_t>{2, 8}));
  EXPECT_TRUE(fs::exists(run / "learned_embeds-steps-2.safetensors"));
  EXPECT_TRUE(fs::exists(run / "validation/step-00000003.png"));
  EXPECT_EQ(read_loss_log(run / "loss.csv").size(), 3U);

  const InvertedToken inverted(token(2), {});
  const at::NoGradGuard no_grad;
  EXPECT_FALSE(at::equal(inverted.parameter().value, saved.at(kToken)));
  inverted.parameter().value.copy_(saved.at(kToken));
  PromptConditions conditions({path("sd"), run / "learned_embeds.safetensors", {}}, {});
  const std::string prompt = "a photo of a <lung-xray>, large";
  EXPECT_TRUE(at::equal(conditions(prompt), inverted.conditions(inverted.ids({prompt}))));
}

TEST_F(TrainInversion, LatentsAreCachedOrNot) {
  train("cached", {"--cache", path("latents")});
  train("computed", {"--no-cache"});
  EXPECT_EQ(test::file_bytes(path("cached/loss.csv")), test::file_bytes(path("computed/loss.csv")));
  EXPECT_FALSE(fs::exists(path("computed/cache")));
}

TEST_F(TrainInversion, BadInputIsNamed) {
  EXPECT_THAT(refused({"--initializer", "lung"}),
              AllOf(HasSubstr("--initializer"), HasSubstr("one token"), HasSubstr("l, un, g</w>")));
  EXPECT_THAT(refused({"--initializer", ""}), AllOf(HasSubstr("--initializer"), HasSubstr("none")));
  EXPECT_THAT(refused({"--token", "ear"}), AllOf(HasSubstr("--token"), HasSubstr("vocabulary lacks")));
  EXPECT_THAT(refused({"--token", "<|endoftext|>"}), AllOf(HasSubstr("--token"), HasSubstr("vocabulary lacks")));
  EXPECT_THAT(refused({"--token", "lung xray"}), AllOf(HasSubstr("--token"), HasSubstr("without blanks")));
  EXPECT_THAT(refused({"--where", "Lung=1"}), AllOf(HasSubstr("--where"), HasSubstr("No Finding")));
  EXPECT_THAT(refused({"--images", path("absent.h5")}), HasSubstr("absent.h5"));
  std::ofstream(path("templates.txt")) << "a photo of {}\r\n\na photo\n";
  EXPECT_THAT(refused({"--templates", path("templates.txt")}),
              AllOf(HasSubstr("templates.txt: line 3"), HasSubstr("{}"), HasSubstr("\"a photo\"")));
  std::ofstream(path("long.txt")) << std::string(200, '!') << " {}\n"
                                  << "{}\n";
  EXPECT_THAT(refused({"--templates", path("long.txt"), "--vectors", "64"}), AllOf(HasSubstr("long.txt"), HasSubstr("77 tokens")));
  std::ofstream(path("blank.txt")) << "\n \n";
  EXPECT_THAT(refused({"--templates", path("blank.txt")}), HasSubstr("blank lines"));
}

TEST(PromptTemplates, HaveAPlaceForTheTokenAndTheirKindsWords) {
  for (const auto* name : {"object", "style"}) {
    auto templates = prompt_templates(name);
    for (const auto& each : templates) EXPECT_THAT(each, HasSubstr("{}"));
    std::ranges::sort(templates);
    EXPECT_EQ(std::ranges::adjacent_find(templates), templates.end()) << name;
  }
  EXPECT_EQ(prompt_templates("object").front(), "a photo of a {}");
  EXPECT_EQ(prompt_templates("style").front(), "a photo in the style of a {}");
  EXPECT_EQ(filled_template("{} and {}!", "<x>"), "<x> and <x>!");
}

} // namespace
} // namespace cxr
