#include "core/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "support/file_size_limit.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

namespace cxr {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(OutputFile, HoldsPiecesOfAnySizeInTheirOrder) {
  const test::TemporaryFolder folder;
  const auto path = folder / "file";
  std::ofstream(path) << std::string(100, 'o');
  OutputFile file(path);
  std::string expected;
  for (const auto& [size, letter] : {std::pair{3, 'a'}, {4 << 20, 'b'}, {(4 << 20) + 1, 'c'}, {0, 'd'}, {1 << 20, 'e'}, {7, 'f'}}) {
    const std::string piece(static_cast<std::size_t>(size), letter);
    file.write(piece);
    expected += piece;
  }
  file.close();
  EXPECT_TRUE(content_of(path) == expected);
}

TEST(OutputFile, AFullDiskIsAnErrorInWriteOrAtTheLatestInClose) {
  const test::TemporaryFolder folder;
  const test::FileSizeLimit full(1000);
  OutputFile file(folder / "file");
  file.write(std::string(2000, 'x'));
  EXPECT_THAT(test::message_of<std::system_error>([&] { file.close(); }), testing::HasSubstr("cannot write"));
  EXPECT_THROW(OutputFile(folder / "file").write(std::string(5 << 20, 'x')), std::system_error);
  EXPECT_THROW(OutputFile(folder / "none" / "file"), std::system_error);
}

} // namespace
} // namespace cxr
