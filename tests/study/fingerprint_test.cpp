#include "study/fingerprint.h"

#include <gmock/gmock.h>

#include "core/digest.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

TEST(Fingerprint, OfAFileIsItsContents) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "a", "abc");
  DigestCache cache(folder / "cache.json");
  const auto fingerprint = result_fingerprint(folder / "a", cache);
  EXPECT_EQ(fingerprint.digest, sha256("abc"));
  EXPECT_EQ(fingerprint.bytes, 3);
  EXPECT_EQ(result_fingerprint(folder / "b", cache).digest, "");
}

TEST(Fingerprint, OfARunIsItsResultAndNotItsLog) {
  const test::TemporaryFolder folder;
  DigestCache cache(folder / "cache.json");
  const auto run = folder / "run";
  fs::create_directories(run / "shards");
  fs::create_directories(run / "unet");
  test::put_bytes(run / "unet" / "weights", "w");
  const auto before = result_fingerprint(run, cache).digest;
  test::put_bytes(run / "log.jsonl", "{}");
  test::put_bytes(run / "shards" / "0.h5", "shard");
  test::put_bytes(run / "results.h5.tmp-12", "half");
  EXPECT_EQ(result_fingerprint(run, cache).digest, before);
  test::put_bytes(run / "results.h5", "whole");
  EXPECT_NE(result_fingerprint(run, cache).digest, before);
}

TEST(Fingerprint, AFileIsReadAgainOnlyIfItChanged) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "a", "abc");
  const auto time = fs::last_write_time(folder / "a");
  {
    DigestCache cache(folder / "cache.json");
    cache.of_file(folder / "a");
    cache.save();
  }
  test::put_bytes(folder / "a", "xyz");
  fs::last_write_time(folder / "a", time); // as if nothing had been: the cache is believed
  DigestCache cache(folder / "cache.json");
  EXPECT_EQ(cache.of_file(folder / "a"), sha256("abc"));
  fs::last_write_time(folder / "a", time + std::chrono::seconds(1));
  EXPECT_EQ(cache.of_file(folder / "a"), sha256("xyz"));
}

TEST(Fingerprint, ADamagedCacheIsAnEmptyOne) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "a", "abc");
  test::put_bytes(folder / "cache.json", "{\"a\": [");
  DigestCache cache(folder / "cache.json");
  EXPECT_EQ(cache.of_file(folder / "a"), sha256("abc"));
}

TEST(Fingerprint, OfALargeDataSetIsThatOfItsTables) {
  const test::TemporaryFolder folder;
  DigestCache cache(folder / "cache.json");
  const auto set = folder / "set";
  fs::create_directories(set / "files");
  test::put_bytes(set / "table.csv", "id");
  for (std::size_t i = 0; i <= kMaxInputFiles; ++i) test::put_bytes(set / "files" / std::to_string(i), "");
  const auto before = input_fingerprint(set, cache).digest;
  test::put_bytes(set / "files" / "7", "other");
  EXPECT_EQ(input_fingerprint(set, cache).digest, before);
  test::put_bytes(set / "table.csv", "id,label");
  EXPECT_NE(input_fingerprint(set, cache).digest, before);
}

} // namespace
} // namespace cxr::study
