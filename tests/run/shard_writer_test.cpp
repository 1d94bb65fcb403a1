#include "run/shard_writer.h"

#include <csignal>

#include <sys/resource.h>

#include <gmock/gmock.h>

#include "support/temporary_folder.h"
#include "support/throws.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

const RunAttributes kAttributes = {"run", 1000, {}, {}};

Columns columns_of(Batch batch) {
  return {{"values", at::arange(batch.begin, batch.end()).to(at::kFloat)},
          {"names", std::vector<std::string>(static_cast<std::size_t>(batch.count), "n")}};
}

std::vector<std::string> files_of(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(ShardWriter, JoinsBatchesInOneShard) {
  const test::TemporaryFolder folder;
  ShardWriter writer(folder.path(), kAttributes);
  for (const Batch batch : {Batch{8, 4}, {16, 4}, {24, 3}}) writer.add(batch, columns_of(batch));
  writer.finish();
  EXPECT_EQ(files_of(folder.path()), std::vector<std::string>{"samples-00000008.h5"});
  const auto file = hdf5::File::open(folder / "samples-00000008.h5");
  EXPECT_TRUE(at::equal(file.read("index"), at::tensor({8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26}, at::kLong)));
  EXPECT_TRUE(at::equal(file.read("values"), file.read("index").to(at::kFloat)));
  EXPECT_EQ(file.read_strings("names").size(), 11u);
}

TEST(ShardWriter, ClosesAShardThatIsFull) {
  const test::TemporaryFolder folder;
  ShardWriter writer(folder.path(), kAttributes, {.seconds = 1000, .bytes = 40}); // two batches of 4 × (4 + 1) bytes
  for (std::int64_t begin = 0; begin < 20; begin += 4) writer.add({begin, 4}, columns_of({begin, 4}));
  writer.finish();
  EXPECT_EQ(files_of(folder.path()),
            (std::vector<std::string>{"samples-00000000.h5", "samples-00000008.h5", "samples-00000016.h5"}));
}

TEST(ShardWriter, ClosesAShardWhoseTimeIsOverThoughNothingFollows) {
  const test::TemporaryFolder folder;
  ShardWriter writer(folder.path(), kAttributes, {.seconds = 0.01, .bytes = 1 << 20});
  writer.add({0, 4}, columns_of({0, 4}));
  for (int i = 0; i < 500 && files_of(folder.path()) != std::vector<std::string>{"samples-00000000.h5"}; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(files_of(folder.path()), std::vector<std::string>{"samples-00000000.h5"});
  writer.finish();
}

TEST(ShardWriter, WithoutFinishNothingHalfDoneIsLeft) {
  const test::TemporaryFolder folder;
  {
    ShardWriter writer(folder.path(), kAttributes);
    writer.add({0, 4}, columns_of({0, 4}));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(ShardWriter, NothingToWriteIsNoShard) {
  const test::TemporaryFolder folder;
  ShardWriter(folder.path(), kAttributes).finish();
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(ShardWriter, AFailureReachesTheCaller) {
  ShardWriter writer("/no/such/folder", kAttributes, {.seconds = 0, .bytes = 1});
  writer.add({0, 4}, columns_of({0, 4}));
  EXPECT_THAT(test::message_of<std::runtime_error>([&] { writer.finish(); }), testing::HasSubstr("No such file or directory"));
}

// A file-size limit fails a write as a full disk does.
TEST(ShardWriter, AFullDiskKeepsEarlierShards) {
  const test::TemporaryFolder folder;
  ShardWriter writer(folder.path(), kAttributes, {.seconds = 0, .bytes = 1});
  writer.add({0, 4}, columns_of({0, 4}));
  for (int i = 0; i < 500 && files_of(folder.path()) != std::vector<std::string>{"samples-00000000.h5"}; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  writer.add({4, 4}, columns_of({4, 4}));
  EXPECT_THAT(test::message_of<std::runtime_error>([&] { writer.finish(); }), testing::HasSubstr("File too large"));
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(files_of(folder.path()), std::vector<std::string>{"samples-00000000.h5"});
  EXPECT_EQ(read_shard_index(folder / "samples-00000000.h5", "run", 1000).size(), 4u);
}

} // namespace
} // namespace cxr
