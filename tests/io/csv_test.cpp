#include "io/csv.h"

#include <zlib.h>

#include <ctime>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

std::string parse_error(const std::string& text) {
  return message_of([&] { CsvTable::parse(text, "t.csv"); });
}

TEST(Csv, ReadsByColumnName) {
  const auto table = CsvTable::parse("a,b,c\n1,,3\n4,5,\n", "t.csv");
  EXPECT_THAT(table.header(), ElementsAre("a", "b", "c"));
  ASSERT_EQ(table.rows(), 2u);
  EXPECT_EQ(table.at(0, table.column("c")), "3");
  EXPECT_EQ(table.at(1, table.column("c")), "");
  EXPECT_TRUE(table.has("b"));
  EXPECT_FALSE(table.has("d"));
}

TEST(Csv, ByteOrderMarkCrlfBlankLinesAndNoLastLineEnd) {
  const auto table = CsvTable::parse("\xef\xbb\xbfPath,Sex\r\n\r\nx.jpg,Male\r\n\r\ny.jpg,", "t.csv");
  ASSERT_EQ(table.rows(), 2u);
  EXPECT_EQ(table.at(0, table.column("Path")), "x.jpg");
  EXPECT_EQ(table.at(1, table.column("Sex")), "");
  EXPECT_EQ(table.line(0), 3u);
  EXPECT_EQ(table.line(1), 5u);
}

TEST(Csv, QuotedCommasQuotesAndNewlines) {
  const auto table = CsvTable::parse("a,b\n\"x,\"\"y\"\"\r\nz\",2\n\"\",3\n", "t.csv");
  ASSERT_EQ(table.rows(), 2u);
  EXPECT_EQ(table.at(0, 0), "x,\"y\"\r\nz");
  EXPECT_EQ(table.at(1, 0), "");
  EXPECT_EQ(table.line(1), 4u); // the quoted line break counts
}

TEST(Csv, ErrorsNameFileLineAndColumn) {
  EXPECT_THAT(parse_error("a,b\n1,2\n3\n"), HasSubstr("t.csv:3: expected 2 fields, as in the header, found 1"));
  EXPECT_THAT(parse_error("a,b\n1,\"2\n3,4\n"), HasSubstr("t.csv:2: field 2: expected a closing quote, found the end of the file"));
  EXPECT_THAT(parse_error("a,b\n\"1\"x,2\n"), HasSubstr("t.csv:2: field 1"));
  EXPECT_THAT(parse_error("a,b,a\n"), HasSubstr("t.csv:1: a: expected each column once"));
  EXPECT_THAT(parse_error("\xff\xfe"
                          "a"),
              HasSubstr("UTF-16"));
  EXPECT_THAT(parse_error(""), HasSubstr("expected a header line"));
  EXPECT_THAT(message_of([] { CsvTable::parse("a,b\n", "t.csv").column("Path"); }), HasSubstr("t.csv: Path"));
}

class CsvFile : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  std::filesystem::path write_gzip(const std::string& name, const std::string& text) {
    const gzFile file = gzopen((folder_ / name).c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return folder_ / name;
  }
  test::TemporaryFolder folder_;
};

TEST_F(CsvFile, PlainAndGzipAreEqual) {
  const std::string text = "a,b\n1,2\n";
  const auto plain = CsvTable::read(write("t.csv", text)), packed = CsvTable::read(write_gzip("t.csv.gz", text));
  EXPECT_EQ(plain.header(), packed.header());
  EXPECT_EQ(plain.at(0, 1), packed.at(0, 1));
}

TEST_F(CsvFile, AbsentEmptyFolderAndTruncatedGzipAreRefused) {
  EXPECT_THAT(message_of([&] { CsvTable::read(folder_ / "absent.csv"); }), HasSubstr("absent.csv"));
  EXPECT_THAT(message_of([&] { CsvTable::read(write("empty.csv", "")); }), HasSubstr("an empty file"));
  EXPECT_THAT(message_of([&] { CsvTable::read(folder_.path()); }), HasSubstr("a folder"));
  const auto packed = write_gzip("t.csv.gz", "a,b\n" + std::string(100000, 'x') + ",2\n");
  std::filesystem::resize_file(packed, std::filesystem::file_size(packed) - 12);
  EXPECT_THAT(message_of([&] { CsvTable::read(packed); }), HasSubstr("whole gzip stream"));
}

TEST(Csv, ReadsATableOfCheXpertsSizeInSeconds) {
  std::string text = "Path";
  for (int i = 0; i < 19; ++i) text += fmt::format(",column {}", i);
  std::string row = "\nCheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg";
  for (int i = 0; i < 19; ++i) row += ",-1.0";
  for (int i = 0; i < 230000; ++i) text += row;
  const auto before = std::clock();
  EXPECT_EQ(CsvTable::parse(text, "t.csv").rows(), 230000u);
  EXPECT_LT(std::clock() - before, 10 * CLOCKS_PER_SEC); // of this process; takes about 0.5, sanitizers need room
}

TEST(CsvField, QuotesWhatNeedsIt) {
  EXPECT_EQ(csv_field("plain"), "plain");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"x\"\n"), "\"say \"\"x\"\"\n\"");
}

} // namespace
} // namespace cxr
