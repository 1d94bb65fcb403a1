#include "study/workload.h"

#include <gmock/gmock.h>

#include "study/probe.h"
#include "study/small_study.h"
#include "support/file_bytes.h"
#include "support/refusal.h"

namespace cxr::study {
namespace {

using testing::ElementsAre;

TEST(CommandWords, OptionsAndTheirValues) {
  CommandWords words({"train", "unet", "--concept", "a b", "c", "--steps=3", "-k", "10", "--concept", "d", "--scale", "-1"});
  EXPECT_EQ(words.command(), "train unet");
  EXPECT_THAT(words.values("--concept"), ElementsAre("a b", "c", "d"));
  EXPECT_EQ(words.number("--steps"), 3);
  EXPECT_EQ(words.value("-k"), "10");
  EXPECT_EQ(words.value("--scale"), "-1");
  EXPECT_FALSE(words.value("--none"));
  words.set("--steps", "9");
  words.drop("--concept");
  EXPECT_THAT(words.words(), ElementsAre("train", "unet", "-k", "10", "--scale", "-1", "--steps", "9"));
  EXPECT_THAT(test::refusal([] {
                CommandWords({"x", "--n", "many"}).number("--n");
              }),
              testing::HasSubstr("expected a number, found many"));
}

constexpr const char* kSteps = R"(
[[step]]
name = "set"
what = "w"
command = "prep chexpert --root {data} --n 300 --size 96"
out = "set.h5"

[[step]]
name = "texts"
what = "w"
command = "prep reports --zip {data} --sample study --per-class 20"
out = "texts.h5"

[[step]]
name = "reconstruct"
what = "w"
command = "reconstruct --model {data} --images {out.set}"
out = "runs/reconstruct"

[[step]]
name = "classify"
what = "w"
command = "classify --classifier {data} --images {out.reconstruct}"
out = "runs/classify"

[[step]]
name = "train"
what = "w"
command = "train unet --config {data} --model {data} --images {out.set} --steps 40"
out = "runs/train"

[[step]]
name = "samples"
what = "w"
command = "generate --model {data} --unet {out.train}/unet --prompt a --prompt b --n 50 --steps 25"
out = "runs/samples"

[[step]]
name = "fid"
what = "w"
command = "fid --real {out.set} --real-where 'Edema=1' --fake {out.samples} --prompt a --model {data}"
out = "fid.json"

[[step]]
name = "embed"
what = "w"
command = "embed --encoder {data} --reports {out.texts}"
out = "runs/embed"
)";

struct Small {
  test::SmallStudy small{kSteps};
  StudyFile study;
  Small() {
    test::put_bytes(small.input(), "batch-size = 4\nsteps = 1000\n"); // stands for a recipe, too
    study = small.read();
  }
  const Step& step(const std::string& name) const { return *std::ranges::find(study.steps, name, &Step::name); }
  Workload work(const std::string& name) const { return workload(study, step(name)); }
};

TEST(Workload, FollowsWhatWasMadeBefore) {
  const Small of;
  EXPECT_EQ(of.work("reconstruct").units, 300);
  EXPECT_EQ(of.work("classify").units, 300);
  EXPECT_EQ(of.work("samples").units, 100);
  EXPECT_EQ(of.work("samples").inner, 25);
  EXPECT_EQ(of.work("fid").units, 50 + 300);
  EXPECT_EQ(of.work("embed").units, 280);
  EXPECT_EQ(image_side(of.study, of.step("classify")), 96);
}

TEST(Workload, ARecipesOptionsCountAndTheCommandLineWins) {
  const Small of;
  EXPECT_EQ(of.work("train").units, 40);
  EXPECT_EQ(of.work("train").most_ranks, 4);
}

/// A program that only says what it was asked for.
struct Asked {
  test::TemporaryFolder folder;
  std::vector<std::vector<std::string>> commands;
  ProbeData data{folder.path(), [this](const std::vector<std::string>& words) {
                   commands.push_back(words);
                   test::put_bytes(folder / words.back(), "");
                   return 0;
                 }};
};

TEST(Probe, PhantomsStandForWhatOtherStepsMake) {
  const Small of;
  Asked asked;
  ProbeSize size{.units = 3, .inner = 1};
  const auto words = probe_command(of.study, of.step("classify"), size, asked.data);
  ASSERT_TRUE(words);
  EXPECT_EQ(size.units, 4);
  EXPECT_THAT(*words, ElementsAre("classify", "--classifier", of.small.input().string(), "--images",
                                  "images-4-96-NoFindingPleuralEffusion.h5"));
  ASSERT_EQ(asked.commands.size(), 1);
  EXPECT_THAT(asked.commands[0], testing::IsSupersetOf({"--balanced", "4", "96", "No Finding", "Pleural Effusion"}));
  probe_command(of.study, of.step("reconstruct"), size, asked.data);
  EXPECT_EQ(asked.commands.size(), 1); // the set is there
}

TEST(Probe, ASamplingIsOneOfFewStepsByTheModelItself) {
  const Small of;
  Asked asked;
  ProbeSize size{.units = 2, .inner = 5};
  const auto words = CommandWords(*probe_command(of.study, of.step("samples"), size, asked.data));
  EXPECT_FALSE(words.has("--unet"));
  EXPECT_EQ(words.number("--n"), 2);
  EXPECT_EQ(words.number("--steps"), 5);
  EXPECT_EQ(words.values("--prompt").size(), 1);
}

TEST(Probe, NothingStandsForASourceOrATable) {
  const Small of;
  Asked asked;
  ProbeSize size;
  EXPECT_FALSE(probe_command(of.study, of.step("set"), size, asked.data));
  EXPECT_EQ(probe_kind(of.study, of.step("set")), "");
  EXPECT_NE(probe_kind(of.study, of.step("samples")), "");
}

} // namespace
} // namespace cxr::study
