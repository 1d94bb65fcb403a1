#include "core/line_file.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <system_error>

#include "support/file_bytes.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

TEST(LineFile, AddsBehindWhatIsThere) {
  const test::TemporaryFolder folder;
  { LineFile(folder / "log").add("one\n"); }
  LineFile file(folder / "log");
  file.add("two\n");
  file.close();
  EXPECT_EQ(test::file_bytes(folder / "log"), "one\ntwo\n");
}

TEST(LineFile, ALineThatWasCutOffGetsAnEnd) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "log", "one\ntw");
  LineFile(folder / "log").add("three\n");
  EXPECT_EQ(test::file_bytes(folder / "log"), "one\ntw\nthree\n");
}

/// @return the error of a second line for which there is no room; the limit of a file's size is the whole process's, which ends
[[noreturn]] void add_beyond_the_limit(const std::filesystem::path& path) {
  std::signal(SIGXFSZ, SIG_IGN);
  LineFile file(path);
  file.add("0123\n");
  const rlimit limit{8, 8};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  try {
    file.add("456789\n");
  } catch (const std::system_error& error) {
    ::_exit(error.code().value() == EFBIG ? 3 : 4);
  }
  ::_exit(5);
}

TEST(LineFile, ALineForWhichThereIsNoRoomIsTakenBack) {
  const test::TemporaryFolder folder;
  EXPECT_EXIT(add_beyond_the_limit(folder / "log"), testing::ExitedWithCode(3), "");
  EXPECT_EQ(test::file_bytes(folder / "log"), "0123\n");
}

} // namespace
} // namespace cxr
