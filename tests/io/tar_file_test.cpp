#include "io/tar_file.h"

#include <gmock/gmock.h>

#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using test::refusal;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kPrompts = fs::path(CXR_FIXTURES) / "prompts";

// Every member's name with its size, and the content of the .txt ones.
std::vector<std::string> members(const fs::path& path) {
  TarFile tar(path);
  std::vector<std::string> found;
  while (const auto member = tar.next()) {
    found.push_back(fmt::format("{} {}{}", fs::path(member->name).filename().string(), member->size,
                                member->name.ends_with(".txt") ? " " + tar.read() : ""));
    EXPECT_THAT(member->name.size(), testing::AnyOf(13, 14, 24 * 5 + 13, 24 * 5 + 14)); // a long name is whole
  }
  return found;
}

class Tar : public testing::TestWithParam<const char*> {};

TEST_P(Tar, GivesFilesWithLongNamesAndSkipsTheRest) {
  EXPECT_THAT(members(kPrompts / GetParam()), ElementsAre("000000000.jpg 768", "000000000.json 2", "000000000.txt 13 a red bicycle",
                                                          "000000001.jpg 1024", "000000001.json 2", "000000001.txt 6 caf\u00e9\xff",
                                                          "000000002.jpg 1280", "000000002.json 2", "000000002.txt 8 the last"));
}

INSTANTIATE_TEST_SUITE_P(Formats, Tar, testing::Values("gnu.tar", "pax.tar"));

TEST(TarFile, ACutIsRefusedWhereverItIs) {
  const test::TemporaryFolder folder;
  const auto whole = test::file_bytes(kPrompts / "gnu.tar");
  const auto end = whole.find_last_not_of('\0');
  for (std::size_t size = 1; size <= end; size += 97) {
    test::put_bytes(folder / "cut.tar", whole.substr(0, size));
    EXPECT_THAT(refusal([&] { members(folder / "cut.tar"); }), HasSubstr("cut short?")) << size;
  }
  test::put_bytes(folder / "cut.tar", "");
  EXPECT_THAT(refusal([&] { members(folder / "cut.tar"); }), HasSubstr("expected a tar archive, found an empty file"));
}

TEST(TarFile, BytesThatAreNoHeaderAreRefused) {
  const test::TemporaryFolder folder;
  auto bytes = test::file_bytes(kPrompts / "gnu.tar");
  bytes[512] ^= 1; // the second header's name
  test::put_bytes(folder / "bad.tar", bytes);
  EXPECT_THAT(refusal([&] { members(folder / "bad.tar"); }),
              HasSubstr("bad.tar: byte 512: expected a tar header, found bytes without its checksum"));
  EXPECT_THAT(refusal([&] { TarFile tar(folder.path()); }), HasSubstr("expected a tar archive, found a folder"));
}

} // namespace
} // namespace cxr
