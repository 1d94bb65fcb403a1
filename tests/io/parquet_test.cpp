#include "io/parquet.h"

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
const std::vector<std::string> kColumns = {"TEXT", "caption"};

// The rows of make_text_set_fixtures.py.
std::vector<std::optional<std::string>> expected_rows() {
  std::vector<std::optional<std::string>> rows;
  for (int i = 0; i < 20; ++i) rows.push_back(fmt::format("prompt {}", i));
  rows[4] = std::nullopt;
  rows[5] = "";
  rows[6] = "prompt 1";
  rows[7] = "caf\u00e9 &amp; \u6771\u4eac \U0001F642";
  return rows;
}

std::vector<std::optional<std::string>> all_rows(ParquetTexts& file) {
  std::vector<std::optional<std::string>> rows;
  for (std::size_t group = 0; group < file.row_groups().size(); ++group) {
    file.read(static_cast<std::int64_t>(group), [&](ParquetTexts::Rows batch) {
      for (const auto& text : batch) rows.push_back(text ? std::optional(std::string(*text)) : std::nullopt);
      return true;
    });
  }
  return rows;
}

TEST(ParquetTexts, ReadsSnappyWithDictionaryPages) {
  ParquetTexts file(kPrompts / "laion.parquet", kColumns);
  EXPECT_EQ(file.column(), "TEXT");
  EXPECT_THAT(file.row_groups(), ElementsAre(6, 6, 6, 2));
  EXPECT_EQ(all_rows(file), expected_rows());
}

TEST(ParquetTexts, ReadsZstdWithLargeStrings) {
  ParquetTexts file(kPrompts / "large_zstd.parquet", kColumns);
  EXPECT_EQ(file.column(), "caption");
  EXPECT_EQ(all_rows(file), expected_rows());
}

TEST(ParquetTexts, ReadsArrowsDictionaryType) {
  ParquetTexts file(kPrompts / "dictionary.parquet", kColumns);
  EXPECT_EQ(all_rows(file), expected_rows());
}

TEST(ParquetTexts, StopsWhereItIsTold) {
  ParquetTexts file(kPrompts / "laion.parquet", kColumns);
  int batches = 0;
  file.read(1, [&](ParquetTexts::Rows) { return ++batches > 5; });
  EXPECT_EQ(batches, 1);
}

TEST(ParquetTexts, AnotherColumnIsRefusedWithThoseThatAreThere) {
  EXPECT_THAT(refusal([&] { ParquetTexts(kPrompts / "no_column.parquet", kColumns); }),
              HasSubstr("no_column.parquet: expected a column TEXT or caption (--column), found the columns SAMPLE_ID, URL"));
  EXPECT_THAT(refusal([&] { ParquetTexts(kPrompts / "numbers.parquet", kColumns); }),
              HasSubstr("TEXT: expected a column of strings, found INT64"));
}

TEST(ParquetTexts, AFileCutShortIsRefusedAtEveryByte) {
  const test::TemporaryFolder folder;
  const auto whole = test::file_bytes(kPrompts / "large_zstd.parquet");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    test::put_bytes(folder / "cut.parquet", whole.substr(0, size));
    const auto told = refusal([&] { ParquetTexts(folder / "cut.parquet", kColumns); });
    EXPECT_THAT(told, HasSubstr("Parquet file")) << size;
    EXPECT_EQ(told.find('\n'), std::string::npos);
  }
  EXPECT_THAT(refusal([&] { ParquetTexts(folder / "absent", kColumns); }), HasSubstr("found no such file"));
  EXPECT_THAT(refusal([&] { ParquetTexts(folder.path(), kColumns); }), HasSubstr("found a folder"));
}

TEST(ParquetTexts, DamagedPagesAreRefused) {
  const test::TemporaryFolder folder;
  auto bytes = test::file_bytes(kPrompts / "large_zstd.parquet");
  const auto page = bytes.rfind("\x28\xb5\x2f\xfd"); // zstd's mark: the last page of the last column
  ASSERT_NE(page, bytes.npos);
  bytes[page + 12] ^= 0x40;
  test::put_bytes(folder / "damaged.parquet", bytes);
  ParquetTexts file(folder / "damaged.parquet", kColumns);
  EXPECT_THAT(refusal([&] { all_rows(file); }), HasSubstr("row group"));
}

} // namespace
} // namespace cxr
