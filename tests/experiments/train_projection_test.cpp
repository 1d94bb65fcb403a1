// `cxr train projection` on encoders of formula weights. What holds for every training is tested in tests/training and tests/app.
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "data/text_set_writer.h"
#include "experiments/commands.h"
#include "experiments/formula_folders.h"
#include "experiments/projection_objective.h"
#include "experiments/prompt_conditions.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"
#include "training/loss_log.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

// As the text encoders' own tests: float32 in another order of summation.
constexpr double kTolerance = 1e-5;

const std::vector<std::string_view> kPrompts = {"a photo of a lung xray", "", "a small dog in the street",
                                                "a photo of a lung xray with visible pleural effusion",
                                                "small effusion of the left lung"};

class TrainProjection : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TemporaryFolder>();
    test::make_formula_clip(path("clip"));
    test::make_formula_bert(path("bert"));
    write_prompts("prompts.h5", 5);
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return (*folder_ / name).string(); }

  /// Each prompt `times` times, with a number.
  static void write_prompts(const std::string& name, int times) {
    std::vector<TextRecord> records;
    for (int i = 0; i < times; ++i) {
      for (const auto prompt : kPrompts) records.push_back({fmt::format("{} {}", prompt, i), fmt::format("{}", records.size())});
    }
    write_text_set(path(name), std::move(records), false, {});
  }

  static void run(Subcommand (*declare)(CLI::App&), std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--threads", "1", "--quiet"});
    CLI::App root;
    const auto command = declare(root);
    std::ranges::reverse(arguments); // as CLI11 takes them
    root.parse(std::move(arguments));
    EXPECT_EQ(command.run(), kDone);
  }
  /// @param options in place of the defaults, or beside them
  static void train(const std::string& out, std::vector<std::string> options = {}) {
    const std::vector<std::pair<std::string, std::string>> defaults = {
        {"--encoder", path("bert")}, {"--clip", path("clip")}, {"--prompts", path("prompts.h5")},
        {"--batch-size", "8"},       {"--dtype", "float32"},   {"--steps", "3"},
        {"--out", path(out)}};
    for (const auto& [name, value] : defaults) {
      if (std::ranges::find(options, name) == options.end()) options.insert(options.end(), {name, value});
    }
    options.insert(options.begin(), "projection");
    run(train_projection_command, std::move(options));
  }
  static void embed(const std::string& out, const std::string& encoder, const std::string& extraction,
                    const std::string& set = "prompts.h5") {
    run(embed_command,
        {"embed", "--encoder", path(encoder), "--extraction", extraction, "--reports", path(set), "--out", path(out)});
  }
  static std::string refused(const std::vector<std::string>& options) {
    const auto message = test::refusal([&] { train("refused", options); });
    EXPECT_FALSE(fs::exists(path("refused"))) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  }
  static fs::path projection(const std::string& out) { return fs::path(path(out)) / "projection.safetensors"; }
  static StateDict weights(const std::string& out) { return read_state_dict(projection(out)); }

  static std::unique_ptr<test::TemporaryFolder> folder_;
};

std::unique_ptr<test::TemporaryFolder> TrainProjection::folder_;

/// The values of the log's last validation.
nlohmann::json validation(const fs::path& run) {
  std::ifstream log(run / "log.jsonl");
  nlohmann::json found;
  for (std::string line; std::getline(log, line);) {
    if (auto event = nlohmann::json::parse(line); event.at("event") == "validation") found = std::move(event);
  }
  return found;
}

TEST_F(TrainProjection, BatchedVectorsAreThoseThatGenerateTakes) {
  for (const char* name : {"clip", "bert"}) {
    PromptEncoder encoder(path(name), {});
    PromptConditions conditions({path(name), {}, {}}, {});
    const auto tokens = encoder.tokens(kPrompts);
    for (std::size_t i = 0; i < kPrompts.size(); ++i) {
      EXPECT_CLOSE(tokens.states[static_cast<std::int64_t>(i)], conditions(std::string(kPrompts[i]))[0], kTolerance)
          << name << " " << i;
    }
    EXPECT_EQ(tokens.lengths[1], 2);
  }
}

TEST_F(TrainProjection, BothLevelsLearnAndGenerateTakesTheResult) {
  for (const std::string level : {"document", "token"}) {
    train(level, {"--level", level, "--extraction", "mean", "--steps", "150", "--learning-rate", "0.02", "--held-out", "5",
                  "--impressions", path("prompts.h5")});
    const auto losses = read_loss_log(fs::path(path(level)) / "loss.csv");
    EXPECT_LT(losses.back().loss, 0.5 * losses.front().loss) << level;
    PromptConditions conditions({path("bert"), {}, projection(level)}, {}), clip({path("clip"), {}, {}}, {});
    conditions.check_encoder(weights_digest(path("bert")));
    const auto condition = conditions("a photo of a lung xray 0");
    if (level == "document") {
      EXPECT_EQ(condition.sizes(), (std::vector<std::int64_t>{1, 1, 8}));
      const auto numbers = validation(path(level));
      for (const std::string set : {"validation", "impressions"}) {
        EXPECT_LT(numbers.at(set + "_loss").get<double>(), 0.7 * numbers.at(set + "_loss_of_mean").get<double>()) << set;
      }
      continue;
    }
    const auto error = (condition - clip("a photo of a lung xray 0")).square().mean().item<double>();
    EXPECT_LT(error, 3 * losses.back().loss); // what was trained is what conditions the U-Net
  }
}

TEST_F(TrainProjection, TheLossOfTheMeanIsTheVariance) {
  train("baseline", {"--held-out", "7", "--steps", "1"});
  embed("embed-all", "clip", "pooler");
  const auto held_out = hdf5::File::open(path("embed-all/results.h5")).read_rows("embeddings", 18, 7);
  EXPECT_NEAR(validation(path("baseline")).at("validation_loss_of_mean").get<double>(),
              held_out.var(0, false).mean().item<double>(), 1e-5);
}

// A validation packs weights, which the next step changes.
TEST_F(TrainProjection, ValidationsSeeTheWeightsOfTheirStep) {
  train("often", {"--held-out", "7", "--validate-every", "1", "--learning-rate", "0.1"});
  train("once", {"--held-out", "7", "--learning-rate", "0.1"});
  EXPECT_EQ(validation(path("often")).at("validation_loss"), validation(path("once")).at("validation_loss"));
}

TEST_F(TrainProjection, EmbeddingsMadeBeforeGiveTheSame) {
  embed("embed-bert", "bert", "cls");
  embed("embed-clip", "clip", "pooler");
  train("computed", {"--held-out", "3"});
  train("read", {"--held-out", "3", "--source-embeddings", path("embed-bert"), "--target-embeddings", path("embed-clip")});
  const auto computed = weights("computed");
  for (const auto& [name, value] : weights("read")) EXPECT_CLOSE(value, computed.at(name), kTolerance) << name;
}

TEST_F(TrainProjection, ADeeperOneIsRead) {
  train("deep", {"--level", "token", "--layers", "3", "--hidden", "10"});
  EXPECT_TRUE(weights("deep").contains("hidden.1.norm.weight"));
  const auto loaded = load_textual_projection(projection("deep"));
  EXPECT_EQ(loaded->options().layers, 3);
  EXPECT_EQ(loaded->options().hidden_width, 10);
  PromptConditions conditions({path("bert"), {}, projection("deep")}, {});
  EXPECT_EQ(conditions("a lung xray").sizes(), (std::vector<std::int64_t>{1, 77, 8}));
}

TEST_F(TrainProjection, StartsFromSeededWeightsLikePyTorchs) {
  const TextualProjectionOptions options{.in_width = 16, .hidden_width = 400, .out_width = 4};
  const auto state = [&](std::uint64_t seed) { return random_textual_projection(options, seed)->named_parameters(); };
  const auto one = state(1);
  for (const auto* name : {"linear_1.weight", "linear_1.bias"}) { // uniform in ±1 / √16
    const auto x = one[name].detach().flatten();
    EXPECT_LE(x.abs().max().item<float>(), 0.25F);
    EXPECT_NEAR(x.std().item<float>(), 0.25 / std::sqrt(3.), 0.015) << name; // 400 of them: within 2 of 3.5 % standard error
  }
  EXPECT_LE(one["linear_2.bias"].abs().max().item<float>(), 0.05F);
  EXPECT_TRUE(one["norm.weight"].eq(1).all().item<bool>());
  EXPECT_TRUE(at::equal(one["linear_2.weight"], state(1)["linear_2.weight"]));
  EXPECT_FALSE(at::equal(one["linear_2.weight"], state(2)["linear_2.weight"]));
}

TEST_F(TrainProjection, WhatDoesNotFitIsNamed) {
  EXPECT_THAT(refused({"--clip", path("bert")}), AllOf(HasSubstr("model_type"), HasSubstr("clip")));
  EXPECT_THAT(refused({"--extraction", "specific"}), AllOf(HasSubstr("cls, mean, pooler"), HasSubstr("specific")));
  EXPECT_THAT(refused({"--held-out", "25"}), AllOf(HasSubstr("--held-out"), HasSubstr("25 prompts")));
  EXPECT_THAT(refused({"--prompts", path("absent.h5")}), HasSubstr("absent.h5"));

  write_prompts("others.h5", 3);
  embed("embed-others", "bert", "cls", "others.h5");
  embed("embed-mean", "bert", "mean");
  embed("embed-target", "clip", "pooler");
  const auto with = [&](const std::string& source, std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--source-embeddings", path(source), "--target-embeddings", path("embed-target")});
    return refused(options);
  };
  EXPECT_THAT(with("embed-others"), AllOf(HasSubstr("embed-others"), HasSubstr("inputs.reports")));
  EXPECT_THAT(with("embed-mean"), AllOf(HasSubstr("extraction"), HasSubstr("expected cls"), HasSubstr("mean")));
  EXPECT_THAT(with("embed-target"), HasSubstr("inputs.model"));
  EXPECT_THAT(with("embed-mean", {"--level", "token"}), AllOf(HasSubstr("--source-embeddings"), HasSubstr("document")));
}

TEST_F(TrainProjection, ATokenizerThatIsNotTheEncodersIsRefused) {
  fs::create_directories(path("wrong"));
  for (const char* name : {"config.json", "model.safetensors"}) fs::copy_file(path("bert/") + name, path("wrong/") + name);
  std::ofstream vocabulary(path("wrong/vocab.txt"));
  for (const auto* special : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) vocabulary << special << '\n';
  for (int i = 5; i < 800; ++i) vocabulary << "word" << i << '\n';
  vocabulary.close();
  EXPECT_THAT(refused({"--encoder", path("wrong")}), AllOf(HasSubstr("vocabulary"), HasSubstr("720"), HasSubstr("800")));
}

TEST(PromptName, ShowsTheStart) {
  EXPECT_EQ(prompt_name("a dog"), "\"a dog\"");
  EXPECT_EQ(prompt_name(std::string(59, 'a') + "ü" + "b"), "\"" + std::string(59, 'a') + "…\"");
}

} // namespace
} // namespace cxr
