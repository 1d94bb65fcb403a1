#include "run/sharded_run.h"

#include <gmock/gmock.h>

#include "run/toy_run.h"
#include "support/file_bytes.h"
#include "support/file_size_limit.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using test::file_bytes;
using test::finish_toy_run;
using test::kToyBatch;
using test::kToySamples;

class ShardedRunTest : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  fs::path path = folder / "run";

  std::vector<Batch> left() const {
    LocalCommunicator ranks;
    RunFolder run(path, "toy", "seed = 3\n", ranks);
    std::vector<bool> done(static_cast<std::size_t>(kToySamples));
    for (const auto sample : test::saved_samples(run)) done.at(static_cast<std::size_t>(sample)) = true;
    return unfinished(whole_batches(kToySamples, kToyBatch), done);
  }
};

TEST_F(ShardedRunTest, ResultsAreInSampleOrder) {
  EXPECT_EQ(finish_toy_run(path), whole_batches(kToySamples, kToyBatch));
  const auto file = hdf5::File::open(path / "results.h5");
  const auto expected = test::toy_columns({0, kToySamples});
  EXPECT_TRUE(at::equal(file.read("index"), at::arange(kToySamples)));
  EXPECT_TRUE(at::equal(file.read("squares"), std::get<at::Tensor>(expected.at("squares"))));
  EXPECT_EQ(file.read_strings("names"), std::get<std::vector<std::string>>(expected.at("names")));
  EXPECT_EQ(file.read_attribute("/", "format"), "toy");
}

TEST_F(ShardedRunTest, AfterAnExceptionOnlyWhatIsMissingIsDone) {
  const auto fail_at_the_eighth = [&](Batch batch) {
    if (batch.begin != 7 * kToyBatch) return;
    test::wait_for_shards(path, 3);
    throw std::runtime_error("the model failed");
  };
  EXPECT_EQ(test::message_of<std::runtime_error>([&] { finish_toy_run(path, fail_at_the_eighth); }), "the model failed");
  EXPECT_FALSE(fs::exists(path / "results.h5"));
  const auto missing = left();
  EXPECT_LE(missing.size(), whole_batches(kToySamples, kToyBatch).size() - 3);
  EXPECT_EQ(finish_toy_run(path), missing);
  EXPECT_EQ(file_bytes(path / "results.h5"), test::undisturbed_results());
}

TEST_F(ShardedRunTest, FinishedRunIsLeftAlone) {
  finish_toy_run(path);
  const auto written = fs::last_write_time(path / "results.h5");
  EXPECT_THAT(finish_toy_run(path), testing::IsEmpty());
  EXPECT_EQ(fs::last_write_time(path / "results.h5"), written);
}

TEST_F(ShardedRunTest, FinishedRunNeedsItsShardsNoMore) {
  finish_toy_run(path);
  fs::remove_all(path / "shards");
  EXPECT_THAT(finish_toy_run(path), testing::IsEmpty());
}

TEST_F(ShardedRunTest, FullDiskKeepsEarlierShards) {
  std::optional<test::FileSizeLimit> full;
  const auto fill_the_disk = [&](Batch batch) {
    if (batch.begin != 4 * kToyBatch) return;
    test::wait_for_shards(path, 4);
    full.emplace(100);
  };
  const auto message = test::message_of<std::runtime_error>([&] { finish_toy_run(path, fill_the_disk); });
  full.reset();
  EXPECT_THAT(message, testing::HasSubstr(path.string()));
  const auto missing = left();
  EXPECT_EQ(missing.front(), (Batch{4 * kToyBatch, kToyBatch}));
  EXPECT_EQ(finish_toy_run(path), missing);
  EXPECT_EQ(file_bytes(path / "results.h5"), test::undisturbed_results());
}

} // namespace
} // namespace cxr
