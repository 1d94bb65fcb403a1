#include "core/atomic_file.h"

#include <csignal>

#include <system_error>

#include <sys/resource.h>

#include <gmock/gmock.h>

#include "support/file_bytes.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using test::file_bytes;

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

constexpr auto kOwnersAlone = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;

TEST(AtomicFile, ReplacesAFileWhole) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "first");
  write_file_atomically(folder / "a", "second, longer");
  EXPECT_EQ(file_bytes(folder / "a"), "second, longer");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, WithoutCommitNothingChanges) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "before");
  {
    const AtomicFile file(folder / "a");
    test::put_bytes(file.path(), "half a fi");
    EXPECT_EQ(file_bytes(folder / "a"), "before");
  }
  EXPECT_EQ(file_bytes(folder / "a"), "before");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, AFailureNamesTheFile) {
  const test::TemporaryFolder folder;
  const auto message = test::message_of<std::system_error>([&] { write_file_atomically(folder / "absent/a", "text"); });
  EXPECT_THAT(message, testing::AllOf(testing::HasSubstr("absent/a"), testing::HasSubstr("No such file or directory")));
}

TEST(RemoveTemporariesOf, TakesThoseOfTheTargetWhoseLaunchIsOver) {
  const test::TemporaryFolder folder;
  const auto target = folder / "set.h5";
  const auto mine = temporary_name(target), of_init = folder / "set.h5.tmp-1", of_nobody = folder / "set.h5.tmp-999999999";
  const auto of_another = folder / "other.h5.tmp-999999999";
  for (const auto& file : {mine, of_init, of_nobody, of_another}) test::put_bytes(file, "half");
  remove_temporaries_of(target);
  EXPECT_TRUE(fs::exists(mine));     // this process may have it under way
  EXPECT_FALSE(fs::exists(of_init)); // a number that another program has
  EXPECT_FALSE(fs::exists(of_nobody));
  EXPECT_TRUE(fs::exists(of_another));
}

TEST(RemoveTemporaries, TakesFilesAndFoldersThatWereLeft) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "whole");
  const auto left = temporary_name(folder / "b");
  EXPECT_TRUE(is_temporary(left));
  std::filesystem::create_directories(left);
  test::put_bytes(left / "inside", "half");
  test::put_bytes(temporary_name(folder / "c"), "half");
  remove_temporaries(folder.path());
  EXPECT_EQ(file_bytes(folder / "a"), "whole");
  EXPECT_EQ(files_in(folder.path()), 1);
  remove_temporaries(folder / "absent"); // is no error
}

TEST(RemoveTemporaries, OfOneFileTakesWhatNoProcessHasUnderWay) {
  const test::TemporaryFolder folder;
  const auto mine = temporary_name(folder / "set.h5");
  test::put_bytes(mine, "under way");
  test::put_bytes(folder / "set.h5.tmp-999999999", "half"); // no process has this number
  test::put_bytes(folder / "other.h5.tmp-999999999", "half");
  remove_temporaries_of(folder / "set.h5");
  EXPECT_TRUE(std::filesystem::exists(mine));
  EXPECT_EQ(files_in(folder.path()), 2);
}

TEST(AtomicFile, APrivateOneIsTheOwnersAlone) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "open");
  EXPECT_NE(std::filesystem::status(folder / "a").permissions(), kOwnersAlone);
  write_file_atomically(folder / "a", "private", FileMode::kPrivate);
  EXPECT_EQ(std::filesystem::status(folder / "a").permissions(), kOwnersAlone);
}

// A file-size limit fails a write as a full disk does.
TEST(AtomicFile, AFullDiskLeavesTheEarlierFile) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "before");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(write_file_atomically(folder / "a", std::string(10'000, 'x')), std::system_error);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(file_bytes(folder / "a"), "before");
  EXPECT_EQ(files_in(folder.path()), 1);
}

} // namespace
} // namespace cxr
