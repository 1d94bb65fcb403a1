// `cxr train unet` on a Stable Diffusion folder of formula weights. What holds for every training is tested in tests/training.
#include <gmock/gmock.h>

#include "core/error.h"
#include "data/image_set.h"
#include "data_prep/phantom/phantom.h"
#include "experiments/commands.h"
#include "experiments/formula_folders.h"
#include "experiments/run_command.h"
#include "experiments/training_images.h"
#include "experiments/unet_objective.h"
#include "io/json.h"
#include "io/safetensors.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"
#include "training/adamw.h"
#include "training/loss_log.h"
#include "training/trainable.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kHealthy = "No Finding=1: a photo of a lung xray";
constexpr const char* kEffusion = "Pleural Effusion=1: a photo of a lung xray with visible pleural effusion";

NoiseSchedule schedule() { return NoiseSchedule({.beta_start = 0.00085, .beta_end = 0.012, .beta_schedule = "scaled_linear"}); }

// AdamW's first steps are the signs of gradients, however small: PyTorch's own float32 norms are within 6e-4 of the fixture's
// float64.
constexpr double kNormTolerance = 2e-3;

class TrainUNet : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TemporaryFolder>();
    test::make_formula_diffusion(path("sd"));
    write_image_set(path("images.h5"), phantoms(), true, true, {});
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return (*folder_ / name).string(); }

  static std::vector<ImageRecord> phantoms() {
    std::vector<ImageRecord> images;
    for (int i = 0; i < 6; ++i) {
      images.push_back(make_phantom(31, i, 64, i % 2 ? std::vector<int>{phantom::kPleuralEffusion} : std::vector<int>{}));
      images.back().impression = i == 4 ? "" : fmt::format("impression {}", i);
    }
    return images;
  }

  static CaptionedLatents captioned(const Rows& rows, const std::string& caption) {
    const auto count = rows.size();
    return {LatentCache({path("sd"), path("images.h5"), rows, {}, 0, {}}, {}, world()), std::vector<std::string>(count, caption),
            std::vector<std::string>(count, "an image")};
  }
  static UNetObjective objective(UNetObjectiveOptions options, bool with_prior = false) {
    std::optional<CaptionedLatents> prior;
    if (with_prior) prior.emplace(captioned({1, 3}, "ear"));
    options.model = path("sd"), options.unet = path("sd/unet"), options.seed = 3;
    ConditionCache conditions({{.encoder = path("sd")}, path("sd/unet"), {}}, {"", "ear", "old hat"}, {}, world());
    return {load_unet_2d_condition(path("sd")),
            schedule(),
            captioned({0, 2, 4}, "old hat"),
            std::move(prior),
            std::move(conditions),
            std::move(options)};
  }

  /// @param options in place of the defaults, or beside them
  static void train(const std::string& out, std::vector<std::string> options = {}) {
    const std::vector<std::pair<std::string, std::string>> defaults = {{"--model", path("sd")}, {"--images", path("images.h5")},
                                                                       {"--concept", kHealthy}, {"--per-concept", "2"},
                                                                       {"--batch-size", "2"},   {"--steps", "3"},
                                                                       {"--out", path(out)},    {"--threads", "1"}};
    test::run_command(train_unet_command, "unet", test::with_defaults(std::move(options), defaults));
  }
  static std::string refused(const std::vector<std::string>& options) {
    const auto message = test::refusal([&] { train("refused", options); });
    EXPECT_FALSE(fs::exists(path("refused/checkpoints"))) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    fs::remove_all(path("refused"));
    return message;
  }
  static StateDict weights(const std::string& unet) { return read_state_dict(path(unet + "/diffusion_pytorch_model.safetensors")); }

  static std::unique_ptr<test::TemporaryFolder> folder_;
};

std::unique_ptr<test::TemporaryFolder> TrainUNet::folder_;

// tests/fixtures/make_unet_training_fixtures.py has the same latents, noise, timesteps and conditions.
TEST_F(TrainUNet, FollowsDiffusersForTwentySteps) {
  const auto expected = read_safetensors(fs::path(CXR_FIXTURES) / "training/unet.safetensors");
  auto unet = load_unet_2d_condition(path("sd"));
  const auto parameters = make_trainable(*unet);
  AdamW optimizer(parameters, {.weight_decay = 1e-2});
  const std::vector<std::int64_t> shape = {2, 4, 8, 8};
  for (std::int64_t step = 0; step < 20; ++step) {
    const DrawnNoise drawn{test::formula_uniform(fmt::format("noise.{}", step), shape),
                           at::tensor({11 + 49 * step, 990 - 47 * step}, at::kLong)};
    const auto loss = denoising_losses(unet, schedule(), {}, test::formula_uniform(fmt::format("latents.{}", step), shape),
                                       test::formula_uniform(fmt::format("condition.{}", step), {2, 5, 8}), drawn)
                          .mean();
    EXPECT_CLOSE(loss.detach(), expected.at("losses")[step], 1e-5) << "step " << step;
    loss.backward();
    const auto norm = grad_norm(parameters);
    EXPECT_NEAR(norm.item<double>(), expected.at("norms")[step].item<double>(), kNormTolerance * norm.item<double>())
        << "step " << step;
    shorten_gradients(parameters, norm, 1);
    optimizer.step(1e-4);
    for (const auto& parameter : parameters) parameter.value.mutable_grad().reset();
  }
  for (const auto& [name, value] : parameters) {
    if (const auto found = expected.find("after." + name); found != expected.end()) {
      EXPECT_CLOSE(value.detach(), found->second, 1e-5) << name;
    }
  }
}

TEST_F(TrainUNet, ADrawsLossDoesNotDependOnItsCompany) {
  auto trained = objective({.caption_dropout = 0.3}, true);
  const std::vector<Draw> draws = {{10, 2, 2}, {11, 0, 2}, {12, 1, 2}, {13, 1, 2}};
  const auto all = trained.losses(draws).detach();
  const auto parts = at::cat({trained.losses(std::span(draws).first(1)), trained.losses(std::span(draws).last(3))}).detach();
  EXPECT_CLOSE(parts, all, 1e-6);
}

// λ counts the partners' loss, which is that of no training image.
TEST_F(TrainUNet, ThePriorIsAddedByItsWeight) {
  const std::vector<Draw> draws = {{4, 2, 1}, {5, 0, 1}};
  const auto alone = objective({}).losses(draws).detach();
  const auto with = [&](double weight) { return objective({.prior_weight = weight}, true).losses(draws).detach(); };
  EXPECT_CLOSE(with(0), alone, 1e-6);
  const auto of_partners = with(1) - alone;
  EXPECT_GT(of_partners.min().item<float>(), 0);
  EXPECT_CLOSE(with(0.25), alone + 0.25 * of_partners, 1e-5);
}

TEST_F(TrainUNet, ACaptionThatIsLeftOutIsTheEmptyOne) {
  const std::vector<Draw> draws = {{4, 2, 1}, {5, 0, 1}};
  auto dropped = objective({.caption_dropout = 1});
  ConditionCache conditions({{.encoder = path("sd")}, path("sd/unet"), {}}, {""}, {}, world());
  const std::vector<std::string> empty(2);
  auto unet = load_unet_2d_condition(path("sd"));
  const auto latents = captioned({0, 2, 4}, "").latents.latents(draws, 3);
  const auto expected =
      denoising_losses(unet, schedule(), {}, latents, conditions(empty, at::kFloat), draw_noise(draws, {4, 8, 8}, 3, 0, 1000));
  EXPECT_CLOSE(dropped.losses(draws).detach(), expected.detach(), 1e-6);
}

TEST_F(TrainUNet, WritesAFolderThatGenerateTakes) {
  train("run", {"--concept", kHealthy, kEffusion, "--ema-decay", "0.9", "--learning-rate", "0.01", "--write-every", "2",
                "--validation-prompt", "a photo of a lung xray", "--validation-images", "1", "--validation-steps", "2"});
  EXPECT_EQ(read_loss_log(path("run/loss.csv")).size(), 3U);
  EXPECT_TRUE(fs::exists(path("run/validation/step-00000003.png")));
  EXPECT_TRUE(fs::exists(path("run/unet-steps-2/config.json")));
  const auto before = weights("sd/unet"), after = weights("run/unet"), average = weights("run/unet_ema");
  ASSERT_EQ(after.size(), before.size());
  for (const auto& [name, value] : before) {
    EXPECT_EQ(after.at(name).scalar_type(), at::kFloat) << name;
    EXPECT_FALSE(after.at(name).equal(value)) << name; // each of them is trained
    EXPECT_FALSE(average.at(name).equal(after.at(name))) << name;
  }
  auto config = JsonFile(path("run/unet/config.json")).root(), source = JsonFile(path("sd/unet/config.json")).root();
  EXPECT_EQ(config.at("_name_or_path"), path("sd/unet"));
  config.erase("_name_or_path"), source.erase("_name_or_path");
  EXPECT_EQ(config, source);

  for (const std::string unet : {"run", "run/unet_ema"}) {
    CLI::App root;
    const auto command = generate_command(root);
    root.parse(fmt::format("generate --model {} --unet {} --n 1 --steps 2 --threads 1 --quiet --out {} --prompt ear", path("sd"),
                           path(unet), path(unet + "-images")));
    EXPECT_EQ(command.run(), kDone);
  }
}

TEST_F(TrainUNet, WhatIsFrozenIsComputedOnceOrEachTime) {
  train("cached", {"--cache", path("cache")});
  const auto made = fs::last_write_time(fs::directory_iterator(path("cache"))->path() / "results.h5");
  train("again", {"--cache", path("cache")});
  EXPECT_EQ(fs::last_write_time(fs::directory_iterator(path("cache"))->path() / "results.h5"), made);
  train("computed", {"--no-cache"});
  const auto losses = test::file_bytes(path("cached/loss.csv"));
  EXPECT_EQ(test::file_bytes(path("again/loss.csv")), losses);
  EXPECT_EQ(test::file_bytes(path("computed/loss.csv")), losses);
  EXPECT_FALSE(fs::exists(path("computed/cache")));
}

// A set of the same name, ids and shape as before.
TEST_F(TrainUNet, ACacheIsOfThePixels) {
  auto images = phantoms();
  write_image_set(path("changed.h5"), images, true, true, {});
  train("before", {"--images", path("changed.h5"), "--cache", path("shared")});
  images[0].image = 255 - images[0].image;
  fs::remove(path("changed.h5"));
  write_image_set(path("changed.h5"), images, true, true, {});
  train("after", {"--images", path("changed.h5"), "--cache", path("shared")});
  EXPECT_NE(test::file_bytes(path("after/loss.csv")), test::file_bytes(path("before/loss.csv")));
}

TEST_F(TrainUNet, ClassImagesAreDrawnOrGiven) {
  train("drawn", {"--class-prompt", "ear", "--class-count", "3", "--class-steps", "2"});
  EXPECT_EQ(ImageSet(path("drawn/class-images")).size(), 3);
  train("given", {"--class-images", path("drawn/class-images")});
  EXPECT_EQ(test::file_bytes(path("given/loss.csv")), test::file_bytes(path("drawn/loss.csv")));
  train("without", {"--class-prompt", "ear", "--prior-weight", "0"});
  EXPECT_FALSE(fs::exists(path("without/class-images")));
}

TEST_F(TrainUNet, CheckpointingAndBFloat16LoseAlmostTheSame) {
  train("plain");
  const auto plain = read_loss_log(path("plain/loss.csv"));
  for (const auto& [name, option, value, tolerance] : std::vector<std::tuple<std::string, std::string, std::string, double>>{
           {"recomputed", "--gradient-checkpointing", "", 1e-5}, {"halved", "--dtype", "bfloat16", 2e-2}}) {
    std::vector<std::string> options = {option};
    if (!value.empty()) options.push_back(value);
    train(name, options);
    const auto losses = read_loss_log(path(name) + "/loss.csv");
    for (std::size_t i = 0; i < losses.size(); ++i) EXPECT_NEAR(losses[i].loss, plain[i].loss, tolerance * plain[i].loss) << name;
  }
}

TEST_F(TrainUNet, BadInputIsNamed) {
  EXPECT_THAT(refused({"--concept", "No Finding=1"}), AllOf(HasSubstr("--concept"), HasSubstr("LABEL=VALUE: PROMPT")));
  EXPECT_THAT(refused({"--concept", "Lung=1: a lung"}), AllOf(HasSubstr("--concept"), HasSubstr("No Finding")));
  EXPECT_THAT(refused({"--per-concept", "5"}), AllOf(HasSubstr("images.h5"), HasSubstr("5 images"), HasSubstr("found 3")));
  EXPECT_THAT(refused({"--captions", "impressions"}), AllOf(HasSubstr("--concept"), HasSubstr("both")));
  EXPECT_THAT(refused({"--class-prompt", " "}), AllOf(HasSubstr("--class-prompt"), HasSubstr("a text")));
  EXPECT_THAT(refused({"--validation-prompt", "\xff"}), AllOf(HasSubstr("--validation-prompt"), HasSubstr("UTF-8")));
  EXPECT_THAT(refused({"--size", "30"}), AllOf(HasSubstr("--size"), HasSubstr("multiple of 8")));
  EXPECT_THAT(refused({"--unet", path("absent")}), HasSubstr("absent"));
}

// --captions in place of --concept, which `train()` would add.
TEST_F(TrainUNet, AnImageWithoutACaptionIsNamed) {
  const auto captioned = [](const std::string& captions) {
    read_training_images({.images = path("images.h5"), .captions = captions});
  };
  EXPECT_THAT(test::refusal([&] { captioned("impressions"); }), AllOf(HasSubstr("impressions of image "), HasSubstr("a caption")));
  EXPECT_THAT(test::refusal([&] { captioned("prompts"); }),
              AllOf(HasSubstr("images.h5"), HasSubstr("prompts"), HasSubstr("no such dataset")));
}

} // namespace
} // namespace cxr
