#include "analysis/info.h"

#include <gmock/gmock.h>

#include "analysis/commands.h"
#include "analysis/synthetic_generation_study.h"
#include "analysis/synthetic_study.h"
#include "analysis/synthetic_text_study.h"
#include "core/error.h"
#include "data/text_set_writer.h"
#include "io/safetensors.h"
#include "io/shard_file.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

class Info : public testing::Test {
 protected:
  /// What `cxr info --json` prints.
  static Description info(const fs::path& path) { return Description::parse(printed(path, "--json")); }
  static std::string printed(const fs::path& path, const std::string& options) {
    CLI::App root;
    const auto command = info_command(root);
    root.parse(fmt::format("info {} {}", path.string(), options));
    testing::internal::CaptureStdout();
    EXPECT_EQ(command.run(), kDone);
    return testing::internal::GetCapturedStdout();
  }
  void write_shard_of(std::int64_t begin, std::int64_t count) {
    std::vector<std::int64_t> index;
    for (auto i = begin; i < begin + count; ++i) index.push_back(i);
    write_shard(run_ / "shards" / fmt::format("{}.h5", begin), {"identity", 5, {{"command", "classify"}}, {}}, index,
                {{"score", at::arange(begin, begin + count, at::kDouble)}});
  }
  void write_run() {
    fs::create_directories(run_ / "shards");
    test::write_text(run_ / "config.toml",
                     "format = \"cxr-run\"\nversion = 1\ncommand = \"classify\"\n[configuration]\nseed = 3\n");
  }

  test::TemporaryFolder folder_;
  const fs::path run_ = folder_ / "run";
};

TEST_F(Info, ImageSet) {
  test::write_synthetic_study(folder_.path(), "mimic");
  const auto set = info(folder_ / "set.h5");
  EXPECT_EQ(set.at("kind"), "image set");
  EXPECT_EQ(set.at("images"), 40);
  EXPECT_EQ(set.at("datasets").at("images"), "uint8 [40,32,32]");
  EXPECT_EQ(set.at("datasets").at("ids"), "UTF-8 [40]");
  EXPECT_EQ(set.at("labels").at("Atelectasis"), "10 positive, 0 negative, 5 uncertain, 25 not mentioned");
  EXPECT_THAT(printed(folder_ / "set.h5", ""), testing::HasSubstr("\n  images: uint8 [40,32,32]\n"));
}

TEST_F(Info, TextSet) {
  write_text_set(folder_ / "texts.h5", {{"caf\u00e9", "a", {kPositive}}, {"longer text", "b", {}}}, true, {{"source", "test"}});
  const auto set = info(folder_ / "texts.h5");
  EXPECT_EQ(set.at("kind"), "text set");
  EXPECT_EQ(set.at("texts"), 2);
  EXPECT_EQ(set.at("code points"), "7.5 a text, at most 11");
  EXPECT_EQ(set.at("datasets").at("text_offsets"), "int64 [3]");
  EXPECT_EQ(set.at("labels").at("No Finding"), "1 positive, 1 negative, 0 uncertain, 0 not mentioned");
}

TEST_F(Info, StudyAndResults) {
  test::write_synthetic_study(folder_.path(), "phantom");
  EXPECT_EQ(info(folder_.path()).at("arms").at("Phantoms").at("dataset"), "phantom");
  EXPECT_EQ(info(folder_ / "reconstruct" / "results.h5").at("kind"), "results of a run");
}

TEST_F(Info, TextStudyAndItsRuns) {
  test::write_synthetic_text_study(folder_.path());
  const auto study = info(folder_.path());
  EXPECT_FALSE(study.contains("arms"));
  EXPECT_EQ(study.at("encoders").at("CLIP").at("embed_pooler"), (folder_ / "embed-clip-pooler").string());
  EXPECT_EQ(study.at("bag_of_words"), (folder_ / "words").string());
  EXPECT_EQ(info(folder_ / "words").at("result"), "CheXpert@10 46.5, macro average (bag of words)");
}

TEST_F(Info, StudyOfMethods) {
  test::write_generation_study(folder_.path());
  const auto study = info(folder_.path());
  EXPECT_EQ(study.at("prompts").at("negative"), test::kNegativeText);
  EXPECT_EQ(study.at("methods").at("Stable Diffusion").at("fid").size(), 4);
  EXPECT_FALSE(study.at("methods").at("My_own | method").contains("classify"));
}

TEST_F(Info, RunBeforeAndAfterItsMerge) {
  write_run();
  write_shard_of(0, 2);
  EXPECT_EQ(info(run_ / "shards" / "0.h5").at("kind"), "shard");
  EXPECT_EQ(info(run_).at("command"), "classify");
  EXPECT_EQ(info(run_).at("state"), "not merged: 2 of 5 samples in 1 shards");
  EXPECT_EQ(info(run_).at("configuration").at("seed"), "3");
  write_shard_of(2, 3);
  merge_shards(run_ / "shards", run_ / "results.h5");
  EXPECT_EQ(info(run_).at("state"), "finished, 5 samples");
}

TEST_F(Info, TrainingAndItsCheckpoints) {
  const auto checkpoint = run_ / "checkpoints" / "step-00000020";
  fs::create_directories(checkpoint);
  test::write_text(run_ / "config.toml",
                   "format = \"cxr-run\"\nversion = 1\ncommand = \"train unet\"\n[configuration]\nseed = 3\n");
  test::write_text(run_ / "loss.csv", "step,loss,learning_rate,grad_norm\n19,0.5,1e-5,2\n20,0.25,1e-5,2\n");
  write_safetensors(checkpoint / "rank-0000.safetensors",
                    {{"model.weight", at::zeros({2, 3})}, {"exp_avg.weight", at::zeros({2, 3})}});
  test::write_text(checkpoint / "manifest.json", R"({"format": "cxr-checkpoint", "step": 20, "facts": {"ranks": 1},
                                                     "files": [{"name": "rank-0000.safetensors", "bytes": 250}]})");
  EXPECT_EQ(info(run_).at("state"), "not finished: the same command goes on from step 20");
  EXPECT_EQ(info(run_).at("loss"), "0.25 at step 20");
  EXPECT_EQ(info(checkpoint).at("step"), 20);
  EXPECT_EQ(info(checkpoint).at("ranks"), 1);
  EXPECT_EQ(info(checkpoint).at("files").at("rank-0000.safetensors"), "2 tensors of 12 numbers, 250 bytes");
  test::write_text(run_ / "training.json", R"({"steps": 20})");
  EXPECT_EQ(info(run_).at("state"), "finished, 20 steps");
}

TEST_F(Info, CheckpointAndModelFolder) {
  write_safetensors(folder_ / "model.safetensors", {{"weight", at::zeros({2, 3})}, {"bias", at::zeros({2}, at::kHalf)}});
  const auto checkpoint = info(folder_ / "model.safetensors");
  EXPECT_EQ(checkpoint.at("tensors"), 2);
  EXPECT_EQ(checkpoint.at("numbers"), 8);
  EXPECT_EQ(checkpoint.at("shapes").at("weight"), "Float [2,3]");
  test::write_text(folder_ / "config.json", R"({"_class_name": "AutoencoderKL"})");
  const auto model = info(folder_.path());
  EXPECT_EQ(model.at("_class_name"), "AutoencoderKL");
  EXPECT_TRUE(model.at("weights").contains("model.safetensors"));
}

TEST_F(Info, Pipeline) {
  fs::create_directories(folder_ / "vae");
  test::write_text(folder_ / "model_index.json",
                   R"({"_class_name": "StableDiffusionPipeline", "vae": ["diffusers", "AutoencoderKL"],
                                                     "unet": ["diffusers", "UNet2DConditionModel"]})");
  const auto pipeline = info(folder_.path());
  EXPECT_TRUE(pipeline.at("components").at("vae").is_object());
  EXPECT_EQ(pipeline.at("components").at("unet"), "not there");
}

TEST_F(Info, RefusesWhatItDoesNotKnow) {
  CLI::App root;
  const auto command = info_command(root);
  root.parse("info " + folder_.path().string());
  EXPECT_THROW(command.run(), InputError); // an empty folder
  test::write_text(folder_ / "file.h5", "not HDF5");
  EXPECT_THROW(describe_hdf5(folder_ / "file.h5"), InputError);
  test::write_text(folder_ / "config.toml", "format = \"other\"");
  EXPECT_THROW(describe_run(folder_.path()), InputError);
}

class Merge : public Info {
 protected:
  int merge(const std::string& options) {
    CLI::App root;
    const auto command = merge_command(root);
    root.parse(fmt::format("merge {} {}", run_.string(), options));
    return command.run();
  }
};

TEST_F(Merge, JoinsShardsAndIsHarmlessTwice) {
  write_run();
  write_shard_of(2, 3);
  EXPECT_THROW(merge(""), InputError); // samples 0 and 1 are missing
  EXPECT_FALSE(fs::exists(run_ / "results.h5"));
  write_shard_of(0, 2);
  for (const auto* options : {"", "", "--virtual"}) {
    EXPECT_EQ(merge(options), kDone);
    EXPECT_TRUE(at::equal(hdf5::File::open(run_ / "results.h5").read("score"), at::arange(5, at::kDouble)));
  }
}

TEST_F(Merge, ResultsWithoutShardsStay) {
  write_run();
  write_shard_of(0, 5);
  EXPECT_EQ(merge(""), kDone);
  fs::remove_all(run_ / "shards");
  EXPECT_EQ(merge(""), kDone);
  EXPECT_TRUE(fs::exists(run_ / "results.h5"));
}

TEST_F(Merge, RefusesAFolderThatIsNoRun) { EXPECT_THROW(merge(""), InputError); }

} // namespace
} // namespace cxr
