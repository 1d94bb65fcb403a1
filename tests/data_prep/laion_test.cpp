#include "data_prep/laion400m.h"

#include <gmock/gmock.h>

#include <csignal>
#include <set>

#include "core/signals.h"
#include "data/text_set.h"
#include "data_prep/commands.h"
#include "data_prep/prompt_sample.h"
#include "data_prep/small_files.h"
#include "support/signal_self.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kPrompts = fs::path(CXR_FIXTURES) / "prompts";

class Laion : public testing::Test {
 protected:
  int run(const std::string& options) {
    CLI::App app;
    const auto command = prep_laion_command(app);
    app.parse(fmt::format("laion {} --out {}", options, out_.string()), false);
    return command.run();
  }
  std::string told(const std::string& options) {
    return test::input_error([&] { run(options); });
  }
  static std::string file(const std::string& name) { return (kPrompts / name).string(); }
  std::vector<std::string> texts() const {
    const TextSet set(out_);
    return set.texts(0, set.size());
  }
  std::vector<std::string> ids() const {
    const TextSet set(out_);
    return set.ids(0, set.size());
  }
  test::TemporaryFolder folder_;
  fs::path out_ = folder_ / "set.h5";
};

TEST_F(Laion, AllPromptsWithATextInTheirOrder) {
  EXPECT_EQ(run("--parquet " + file("laion.parquet")), kDone);
  const auto found = texts();
  ASSERT_EQ(found.size(), 18u); // without the null and the empty one
  EXPECT_EQ(found[3], "prompt 3");
  EXPECT_EQ(found[4], "prompt 1");
  EXPECT_EQ(found[5], "caf\u00e9 &amp; \u6771\u4eac \U0001F642");
  EXPECT_EQ(found[17], "prompt 19");
  EXPECT_EQ(ids()[0], "laion:0");
  EXPECT_EQ(ids()[17], "laion:19"); // the row in the file, nulls counted
  EXPECT_EQ(TextSet(out_).attributes().at("sampled_from"), "20 prompts");
}

TEST_F(Laion, DuplicatesAreDroppedIfAsked) {
  EXPECT_EQ(run("--drop-duplicates --parquet " + file("laion.parquet")), kDone);
  const auto found = texts();
  EXPECT_EQ(found.size(), 17u);
  EXPECT_EQ(std::ranges::count(found, "prompt 1"), 1);
  EXPECT_EQ(ids()[1], "laion:1"); // the first of the two
}

TEST_F(Laion, PatternsColumnsAndSeveralFiles) {
  const auto pattern = fmt::format("--parquet {} {} --column caption", file("large*.parquet"), file("large_zstd.parquet"));
  EXPECT_EQ(run(pattern), kDone);
  EXPECT_EQ(texts().size(), 18u); // a file that two patterns name counts once
  fs::remove(out_);
  EXPECT_EQ(run(fmt::format("--parquet {} {}", file("laion.parquet"), file("large_zstd.parquet"))), kDone);
  EXPECT_EQ(texts().size(), 36u);
  EXPECT_EQ(ids()[18], "large_zstd:0");
}

TEST_F(Laion, TheSampleDoesNotDependOnThreads) {
  const auto options = fmt::format("--n 7 --seed 9 --parquet {} {} {}", file("laion.parquet"), file("large_zstd.parquet"),
                                   file("dictionary.parquet"));
  for (const auto* duplicates : {"", " --drop-duplicates"}) {
    std::set<std::string> sets;
    for (const int threads : {1, 2, 5}) {
      EXPECT_EQ(run(fmt::format("{}{} --threads {}", options, duplicates, threads)), kDone);
      EXPECT_EQ(texts().size(), 7u);
      sets.insert(test::read_bytes(out_));
      fs::remove(out_);
    }
    EXPECT_EQ(sets.size(), 1u);
  }
  EXPECT_EQ(run("--n 7 --seed 10 --parquet " + file("laion.parquet")), kDone);
  const auto other_seed = ids();
  fs::remove(out_);
  EXPECT_EQ(run("--n 7 --seed 9 --parquet " + file("laion.parquet")), kDone);
  EXPECT_NE(ids(), other_seed);
}

TEST_F(Laion, CaptionsOfImg2datasetsTarFiles) {
  EXPECT_EQ(run("--tars " + file("gnu.tar")), kDone);
  EXPECT_THAT(texts(), ElementsAre("a red bicycle", "caf\u00e9\uFFFD", "the last"));
  EXPECT_THAT(ids(), ElementsAre("gnu:000000000", "gnu:000000001", "gnu:000000002"));
  fs::remove(out_);
  EXPECT_EQ(run("--root " + kPrompts.string()), kDone); // the tar files, not the Parquet ones
  EXPECT_EQ(texts().size(), 6u);
  fs::remove(out_);
  fs::create_directories(folder_ / "shards");
  fs::copy(kPrompts / "large_zstd.parquet", folder_ / "shards/00000.parquet");
  EXPECT_EQ(run("--root " + (folder_ / "shards").string()), kDone);
  EXPECT_EQ(texts().size(), 18u);
}

TEST_F(Laion, BadInputIsRefusedAndNothingIsLeft) {
  auto bytes = test::read_bytes(kPrompts / "laion.parquet");
  test::write_text(folder_ / "cut.parquet", bytes.substr(0, bytes.size() - 9));
  test::write_text(folder_ / "cut.tar", test::read_bytes(kPrompts / "gnu.tar").substr(0, 9000));
  EXPECT_THAT(told(""), HasSubstr("expected --parquet, --tars or --root, found none of them"));
  EXPECT_THAT(told("--parquet " + (folder_ / "*.none").string()),
              HasSubstr("*.none: --parquet: expected files of that name or pattern"));
  EXPECT_THAT(told("--parquet " + (folder_ / "cut.parquet").string()), HasSubstr("cut.parquet: expected a whole Parquet file"));
  EXPECT_THAT(told("--tars " + (folder_ / "cut.tar").string()), HasSubstr("cut short?"));
  EXPECT_THAT(told("--tars " + file("laion.parquet")), HasSubstr("byte 0: expected a tar header"));
  EXPECT_THAT(told("--parquet " + file("no_column.parquet")), HasSubstr("found the columns SAMPLE_ID, URL"));
  EXPECT_THAT(told("--parquet " + file("laion.parquet") + " --column caption"), HasSubstr("expected a column caption"));
  EXPECT_THAT(told("--parquet " + file("no_texts.parquet")),
              HasSubstr("expected prompts with a text, found 2 prompts without one"));
  EXPECT_THAT(told("--parquet " + file("no_rows.parquet")), HasSubstr("expected prompts with a text, found 0 prompts without one"));
  EXPECT_THAT(told("--root " + (folder_ / "absent").string()), HasSubstr("--root: expected a folder, found none"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 2); // the two that are cut
}

// Which of 1000 positions 100 are taken, over many seeds: each as often as the others.
TEST(PromptSample, IsUniformAndEachSizeIsRight) {
  const test::TemporaryFolder folder;
  constexpr int kSeeds = 200, kPositions = 1000, kWanted = 100;
  std::vector<int> taken(kPositions);
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    PromptSample sample(kWanted, false, folder / "set.h5");
    PositionKeys key(seed);
    for (std::uint64_t i = 0; i < kPositions; ++i) sample.add(key(i), i, std::to_string(i), "text");
    const auto& entries = sample.finish();
    ASSERT_EQ(entries.size(), static_cast<std::size_t>(kWanted));
    EXPECT_TRUE(std::ranges::is_sorted(entries, {}, &PromptSample::Entry::position));
    for (const auto& entry : entries) ++taken[entry.position];
    EXPECT_EQ(sample.read(entries[7]).id, std::to_string(entries[7].position));
  }
  // Pearson's statistic is chi-squared with about 999 degrees: mean 999 × 0.9, deviation 42. Six deviations.
  double statistic = 0;
  const double expected = double{kSeeds} * kWanted / kPositions;
  for (const int count : taken) statistic += (count - expected) * (count - expected) / expected;
  EXPECT_NEAR(statistic, 0.9 * 999, 6 * 42);
}

// A text that half of the prompts have is as likely to be taken as one of a single prompt.
TEST(PromptSample, DistinctTextsAreUniformHoweverOftenTheyCome) {
  const test::TemporaryFolder folder;
  constexpr int kSeeds = 300, kTexts = 40, kWanted = 10;
  int common = 0, rare = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    PromptSample sample(kWanted, true, folder / "set.h5");
    for (std::uint64_t i = 0; i < 2 * kTexts; ++i) {
      const auto text = fmt::format("text {}", i % 2 ? 0 : i / 2);
      sample.add(key_of_text(text, seed), i, "id", text);
    }
    std::set<std::string> texts;
    for (const auto& entry : sample.finish()) texts.insert(sample.read(entry).text);
    EXPECT_EQ(texts.size(), static_cast<std::size_t>(kWanted));
    common += texts.contains("text 0");
    rare += texts.contains("text 7");
  }
  // Binomial with p = 10/40: mean 75, deviation 7.5. Five deviations.
  EXPECT_NEAR(common, 75, 38);
  EXPECT_NEAR(rare, 75, 38);
}

TEST(TextSpool, LeavesNothingBehindAndReadsAnyLength) {
  const test::TemporaryFolder folder;
  {
    TextSpool spool(folder / "set.h5");
    const auto first = spool.append("a", std::string(9'000'000, 'x'));
    const auto second = spool.append("", "");
    const auto third = spool.append("c", "last");
    EXPECT_TRUE(fs::is_empty(folder.path()));
    EXPECT_EQ(spool.read(first).text.size(), 9'000'000u);
    EXPECT_EQ(spool.read(second).text, "");
    EXPECT_EQ(spool.read(third).text, "last");
    EXPECT_EQ(spool.read(first).id, "a");
  }
  EXPECT_THROW(TextSpool(folder / "absent/set.h5"), std::system_error);
}

// In a child process: the flag stays set for the rest of a process.
TEST_F(Laion, ASignalLeavesNoSet) {
  const auto interrupted = [&] {
    signals::install();
    test::signal_self(SIGUSR1);
    try {
      run("--parquet " + file("laion.parquet"));
    } catch (const Interrupted&) {
      std::_Exit(75);
    }
  };
  EXPECT_EXIT(interrupted(), testing::ExitedWithCode(75), "");
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

} // namespace
} // namespace cxr
