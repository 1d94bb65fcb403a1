#include "io/shard_file.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"
#include "support/throws.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using test::file_bytes;
using test::message_of;
using test::put_bytes;
using testing::HasSubstr;

constexpr std::int64_t kSamples = 23;
using Index = std::vector<std::int64_t>;

RunAttributes attributes_of(const std::string& run) {
  return {run, kSamples, {{"format", "cxr-image-set"}, {"configuration", "seed = 3\n"}}, {{"scores", {{"names", {"a", "b"}}}}}};
}

/// What a run would have computed for these samples.
Columns columns_of(const Index& index) {
  std::vector<std::string> ids;
  auto images = at::empty({std::ssize(index), 20, 30}, at::kByte);
  auto scores = at::empty({std::ssize(index), 2});
  for (std::size_t i = 0; i < index.size(); ++i) {
    ids.push_back(fmt::format("sample {}{}", index[i], std::string(static_cast<std::size_t>(index[i] % 7), '!')));
    images[static_cast<std::int64_t>(i)].fill_(index[i]);
    scores[static_cast<std::int64_t>(i)].fill_(0.5 * static_cast<double>(index[i]));
  }
  return {{"ids", ids}, {"images", images}, {"scores", scores}};
}

Index range(std::int64_t begin, std::int64_t end) {
  Index index;
  for (auto i = begin; i < end; ++i) index.push_back(i);
  return index;
}

class ShardFileTest : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  std::filesystem::path shards = folder / "shards", results = folder / "results.h5";

  void SetUp() override { std::filesystem::create_directory(shards); }
  void write(const std::string& name, const Index& index, const std::string& run = "run-1") {
    write_shard(shards / name, attributes_of(run), index, columns_of(index));
  }
  /// Three shards as two ranks leave them: batches dealt like cards, one rank in two files.
  void write_all() {
    write("rank0-a.h5", {0, 1, 2, 3, 8, 9, 10, 11});
    write("rank0-b.h5", {16, 17, 18, 19});
    write("rank1-a.h5", {4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22});
  }
  std::string merge_error() {
    return message_of<InputError>([&] { merge_shards(shards, results); });
  }
};

TEST_F(ShardFileTest, MergedResultsAreInSampleOrder) {
  write_all();
  merge_shards(shards, results);
  const auto file = hdf5::File::open(results);
  const auto expected = columns_of(range(0, kSamples));
  EXPECT_EQ(file.datasets(), (std::vector<std::string>{"ids", "images", "index", "scores"}));
  EXPECT_TRUE(at::equal(file.read("index"), at::arange(kSamples)));
  EXPECT_TRUE(at::equal(file.read("images"), std::get<at::Tensor>(expected.at("images"))));
  EXPECT_TRUE(at::equal(file.read("scores"), std::get<at::Tensor>(expected.at("scores"))));
  EXPECT_EQ(file.read_strings("ids"), std::get<std::vector<std::string>>(expected.at("ids")));
}

TEST_F(ShardFileTest, AttributesOfTheRunReachTheResults) {
  write_all();
  merge_shards(shards, results);
  const auto file = hdf5::File::open(results);
  EXPECT_EQ(file.read_attribute("/", "format"), "cxr-image-set");
  EXPECT_EQ(file.read_attribute("/", "configuration"), "seed = 3\n");
  EXPECT_EQ(file.read_attribute("/", "run"), "run-1");
  EXPECT_EQ(file.read_attribute_strings("scores", "names"), (std::vector<std::string>{"a", "b"}));
}

TEST_F(ShardFileTest, BytesDoNotDependOnTheShardsAndMergingTwiceDoesNoHarm) {
  write_all();
  merge_shards(shards, results);
  const auto bytes = file_bytes(results);
  merge_shards(shards, results);
  EXPECT_EQ(file_bytes(results), bytes);
  std::filesystem::remove_all(shards);
  std::filesystem::create_directory(shards);
  write("z.h5", range(0, 9));
  write("a.h5", range(9, kSamples));
  merge_shards(shards, results);
  EXPECT_EQ(file_bytes(results), bytes);
}

TEST_F(ShardFileTest, LinkedResultsReadLikeCopiedOnes) {
  write_all();
  merge_shards(shards, results);
  merge_shards(shards, folder / "linked.h5", true);
  const auto copied = hdf5::File::open(results), linked = hdf5::File::open(folder / "linked.h5");
  EXPECT_TRUE(at::equal(linked.read("images"), copied.read("images")));
  EXPECT_TRUE(at::equal(linked.read_rows("scores", 7, 10), copied.read_rows("scores", 7, 10)));
  EXPECT_EQ(linked.read_strings("ids"), copied.read_strings("ids"));
  EXPECT_EQ(linked.read_attribute_strings("scores", "names"), copied.read_attribute_strings("scores", "names"));
}

TEST_F(ShardFileTest, LinkedResultsMoveWithTheirShardsAndNameTheOneThatIsGone) {
  write_all();
  merge_shards(shards, results, true);
  test::TemporaryFolder other;
  std::filesystem::copy(folder.path(), other / "run", std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(shards);
  EXPECT_EQ(hdf5::File::open(other / "run" / "results.h5").read("scores").size(0), kSamples);
  EXPECT_THAT(message_of<InputError>([&] { hdf5::File::open(results).read("scores"); }),
              HasSubstr("rank0-a.h5: expected an HDF5 file, found no such file"));
}

TEST_F(ShardFileTest, MissingSamplesAreNamed) {
  write("a.h5", {0, 1, 2, 3, 8, 9, 10, 11});
  write("b.h5", {16, 17, 18, 19});
  EXPECT_THAT(merge_error(), HasSubstr("samples: expected all 23, found none for 4-7, 12-15, 20-22"));
  EXPECT_FALSE(std::filesystem::exists(results));
}

TEST_F(ShardFileTest, DuplicateSamplesAreNamedWithBothShards) {
  write_all();
  write("rank2.h5", {7, 12, 13, 20});
  EXPECT_THAT(merge_error(), testing::AllOf(HasSubstr("rank2.h5: index: expected samples that no other shard holds"),
                                            HasSubstr("found 7, 12-13, 20, which"), HasSubstr("rank1-a.h5 holds too")));
}

TEST_F(ShardFileTest, ForeignShardsAreNamed) {
  write("a.h5", range(0, 9));
  write("b.h5", range(9, kSamples), "run-2");
  EXPECT_THAT(merge_error(), testing::AllOf(HasSubstr("b.h5: run: expected run-1"), HasSubstr("found run-2")));
  EXPECT_THAT(message_of<InputError>([&] { read_shard_index(shards / "b.h5", "run-1", kSamples); }),
              HasSubstr("b.h5: run: expected run-1"));
  EXPECT_THROW(read_shard_index(shards / "a.h5", "run-1", kSamples + 1), InputError);
  EXPECT_EQ(read_shard_index(shards / "a.h5", "run-1", kSamples), range(0, 9));
}

TEST_F(ShardFileTest, ADamagedShardIsNamedAndEarlierResultsStay) {
  write_all();
  merge_shards(shards, results);
  const auto before = file_bytes(results);
  auto bytes = file_bytes(shards / "rank0-b.h5");
  const auto image = bytes.find(std::string(600, 17)); // sample 17's pixels
  ASSERT_NE(image, std::string::npos);
  bytes[image + 300] ^= 4;
  put_bytes(shards / "rank0-b.h5", bytes);
  EXPECT_THAT(merge_error(), testing::AllOf(HasSubstr("rank0-b.h5: images"), HasSubstr("Fletcher32")));
  EXPECT_EQ(file_bytes(results), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2) << "a temporary file was left";
}

TEST_F(ShardFileTest, WhatIsNoShardIsNamed) {
  write_all();
  put_bytes(shards / "notes.h5", "text");
  EXPECT_THAT(merge_error(), HasSubstr("notes.h5: expected an HDF5 file"));
  auto other = hdf5::File::create(shards / "notes.h5");
  other.close();
  EXPECT_THAT(merge_error(), HasSubstr("notes.h5: format: expected cxr-shard, found no format attribute"));
  std::filesystem::remove(shards / "notes.h5");
  put_bytes(shards / "rank0-c.h5.tmp-123", "half a shard"); // a killed writer's
  EXPECT_EQ(merge_error(), "no exception");
}

TEST_F(ShardFileTest, AShardOfOtherDatasetsIsNamed) {
  write("a.h5", range(0, 9));
  auto columns = columns_of(range(9, kSamples));
  columns["scores"] = at::zeros({kSamples - 9, 3});
  write_shard(shards / "b.h5", attributes_of("run-1"), range(9, kSamples), columns);
  EXPECT_THAT(merge_error(),
              testing::AllOf(HasSubstr("b.h5: datasets"), HasSubstr("scores: Float [n,2]"), HasSubstr("scores: Float [n,3]")));
}

TEST_F(ShardFileTest, AnEmptyOrAbsentFolderIsRefused) {
  EXPECT_THAT(merge_error(), HasSubstr("expected shards (*.h5), found none"));
  std::filesystem::remove(shards);
  EXPECT_THAT(merge_error(), HasSubstr("expected a folder of shards"));
}

TEST_F(ShardFileTest, AnIndexOutOfOrderOrRangeIsRefused) {
  EXPECT_THROW(write("a.h5", {3, 2}), InputError);
  EXPECT_THROW(write("a.h5", {kSamples}), InputError);
  EXPECT_THROW(write_shard(shards / "a.h5", attributes_of("run-1"), {1, 2}, columns_of({1})), LogicError);
  EXPECT_TRUE(std::filesystem::is_empty(shards));
}

TEST(FormatRanges, NamesRuns) {
  EXPECT_EQ(format_ranges({}), "");
  EXPECT_EQ(format_ranges({4}), "4");
  EXPECT_EQ(format_ranges({0, 1, 2, 5, 8, 9}), "0-2, 5, 8-9");
}

} // namespace
} // namespace cxr
