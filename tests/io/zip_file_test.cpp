#include "io/zip_file.h"

#include <gmock/gmock.h>

#include "support/refusal.h"
#include "support/stored_zip.h"

namespace cxr {
namespace {

using test::memory_file;
using test::refusal;
using testing::HasSubstr;

const std::string kArchive = test::stored_zip({{"a", "first"}, {"b", "second"}});

std::string opening(const std::string& content) {
  return refusal([&] { ZipFile{memory_file(content)}; });
}

// The archive with bytes replaced, counted from the n-th appearance of a signature.
std::string patched(const std::string& signature, std::size_t offset, const std::string& bytes) {
  auto archive = kArchive;
  return archive.replace(archive.find(signature) + offset, bytes.size(), bytes);
}

const std::string kCentral = "PK\x01\x02", kLocal = "PK\x03\x04", kEnd = "PK\x05\x06";

TEST(ZipFile, GivesEntriesWhereTheyLie) {
  const ZipFile zip(memory_file(kArchive));
  EXPECT_EQ(zip.entries().size(), 2);
  EXPECT_EQ(zip.read("a"), "first");
  EXPECT_EQ(zip.read("b"), "second");
  EXPECT_EQ(zip.entries().at("b").offset, kArchive.find("second"));
  EXPECT_FALSE(zip.has("c"));
  EXPECT_THAT(refusal([&] { zip.read("c"); }), HasSubstr("memory: c: expected an entry of the archive, found none"));
}

TEST(ZipFile, ReadsACommentAndZip64Fields) {
  auto commented = patched(kEnd, 20, test::bytes_of<std::uint16_t>(3)) + "abc";
  EXPECT_EQ(ZipFile(memory_file(commented)).read("a"), "first");

  // One entry whose sizes and offset stand in the zip64 field, and a directory that the zip64 end record gives.
  const std::string name = "a", content = "large";
  auto header = test::zip_fields(name, content);
  const auto local = kLocal + test::bytes_of<std::uint16_t>(45) + header + std::string(2, '\0') + name + content;
  header.replace(12, 8, std::string(8, '\xff'));
  const auto field = test::bytes_of<std::uint16_t>(1) + test::bytes_of<std::uint16_t>(24) +
                     test::bytes_of<std::uint64_t>(content.size()) + test::bytes_of<std::uint64_t>(content.size()) +
                     test::bytes_of<std::uint64_t>(0);
  const auto directory = kCentral + std::string(4, '\0') + header + test::bytes_of(static_cast<std::uint16_t>(field.size())) +
                         std::string(10, '\0') + std::string(4, '\xff') + name + field;
  const auto end64 = std::string("PK\x06\x06") + std::string(20, '\0') + test::bytes_of<std::uint64_t>(1) +
                     test::bytes_of<std::uint64_t>(1) + test::bytes_of<std::uint64_t>(directory.size()) +
                     test::bytes_of<std::uint64_t>(local.size());
  const auto locator = std::string("PK\x06\x07") + std::string(4, '\0') +
                       test::bytes_of<std::uint64_t>(local.size() + directory.size()) + std::string(4, '\0');
  const auto end = kEnd + std::string(4, '\0') + std::string(12, '\xff') + std::string(2, '\0');
  EXPECT_EQ(ZipFile(memory_file(local + directory + end64 + locator + end)).read("a"), "large");
  EXPECT_THAT(opening(local + directory + locator + end), HasSubstr("zip64 end record: expected one where its locator says"));
}

TEST(ZipFile, RefusesEntriesByName) {
  using test::bytes_of;
  EXPECT_THAT(opening(patched(kCentral, 10, bytes_of<std::uint16_t>(12))),
              HasSubstr("zip: a: expected an entry that is stored or deflated (method 0 or 8), found compression method 12"));
  EXPECT_THAT(opening(patched(kCentral, 8, bytes_of<std::uint16_t>(1))),
              HasSubstr("zip: a: expected a plain entry, found an encrypted one"));
  EXPECT_THAT(opening(patched(kCentral, 20, bytes_of<std::uint32_t>(4))), HasSubstr("a: expected equal sizes"));
  EXPECT_THAT(opening(patched(kCentral, 20, bytes_of<std::uint32_t>(9999) + bytes_of<std::uint32_t>(9999))),
              HasSubstr("a: expected content before the central directory"));
  EXPECT_THAT(opening(patched(kCentral, 42, bytes_of<std::uint32_t>(5))),
              HasSubstr("a: expected a local header, found none at byte 5"));
  EXPECT_THAT(opening(patched(kCentral, 42, bytes_of<std::uint32_t>(0xfffffff0))), HasSubstr("a: expected a local header"));
  EXPECT_THAT(opening(patched(kCentral, 42, bytes_of<std::uint32_t>(0xffffffff))), HasSubstr("a: expected a local header"));
  EXPECT_THAT(opening(patched(kLocal, 30, "z")), HasSubstr("a: expected the same name in its local header, found another"));
  EXPECT_THAT(opening(test::stored_zip({{"a", "1"}, {"a", "2"}})), HasSubstr("a: expected one entry of that name, found two"));
}

class DeflatedZip : public testing::Test {
 protected:
  const std::string archive = test::slurp(std::filesystem::path(CXR_FIXTURES) / "reports/mimic-cxr-reports.zip");
  const std::string report = "files/p10/p10000032/s50000001.txt";
};

TEST_F(DeflatedZip, IsInflatedEntryByEntry) {
  const ZipFile zip(memory_file(archive));
  std::string expected;
  for (int i = 0; i < 9; ++i) expected += " FINAL REPORT\n FINDINGS:  Clear lungs.\n IMPRESSION:  No acute process.\n";
  EXPECT_EQ(zip.inflated(report), expected);
  EXPECT_EQ(zip.inflated("files/p10/p10000032/s50000003.txt"), " FINAL REPORT\n EXAM:  Chest.\n"); // stored
  EXPECT_EQ(zip.inflated("files/"), "");
  EXPECT_THAT(refusal([&] { zip.read(report); }), HasSubstr("expected an entry that is stored (method 0), found a deflated one"));
}

TEST_F(DeflatedZip, DamageIsRefused) {
  const ZipFile whole(memory_file(archive));
  const auto& entry = whole.entries().at(report);
  for (std::size_t i = 0; i < entry.compressed; ++i) {
    auto damaged = archive;
    damaged[entry.offset + i] ^= 4;
    EXPECT_THAT(refusal([&] { ZipFile(memory_file(damaged)).inflated(report); }), HasSubstr(report)) << i;
  }
}

TEST_F(DeflatedZip, ASizeThatNoStreamCouldHaveIsRefused) {
  using test::bytes_of;
  auto bomb = archive;
  bomb.replace(bomb.find(kCentral, bomb.find(kCentral) + 1) + 24, 4, bytes_of<std::uint32_t>(0xfffffff0));
  EXPECT_THAT(opening(bomb), HasSubstr("expected at most 1032 times its compressed size"));
}

TEST(ZipFile, RefusesDirectoriesThatDoNotAddUp) {
  using test::bytes_of;
  EXPECT_THAT(opening(patched(kEnd, 10, bytes_of<std::uint16_t>(3))), HasSubstr("central directory: expected 3 entries, found 2"));
  EXPECT_THAT(opening(patched(kEnd, 16, bytes_of<std::uint32_t>(0xfffffff0))),
              HasSubstr("central directory: expected a range that ends"));
  EXPECT_THAT(opening(patched(kEnd, 4, bytes_of<std::uint16_t>(1))), HasSubstr("disk number: expected 0"));
  EXPECT_THAT(opening(patched(kCentral, 0, "XXXX")), HasSubstr("central directory: expected a header, found none at byte"));
  EXPECT_THAT(opening(patched(kEnd, 0, "XXXX")),
              HasSubstr("end record: expected one at the end of the file (truncated?), found none"));
  EXPECT_THAT(opening("PK"), HasSubstr("end record"));
}

TEST(ZipFile, RefusesDamagedContent) {
  auto archive = kArchive;
  archive[archive.find("second")] = 'S';
  const ZipFile zip(memory_file(archive));
  EXPECT_EQ(zip.read("a"), "first");
  EXPECT_THAT(refusal([&] { zip.read("b"); }), HasSubstr("b: expected CRC-32"));
}

TEST(ZipFile, RefusesATruncationAtEveryByte) {
  for (std::size_t size = 0; size < kArchive.size(); ++size) {
    EXPECT_NE(opening(kArchive.substr(0, size)), "nothing was refused") << size;
  }
}

} // namespace
} // namespace cxr
