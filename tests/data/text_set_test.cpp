#include "data/text_set.h"

#include <gmock/gmock.h>

#include "data/image_set_writer.h"
#include "data/text_set_writer.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using test::refusal;
using testing::ElementsAre;
using testing::HasSubstr;

class TextSetTest : public testing::Test {
 protected:
  // Texts whose longest is far longer than the others, in more than one write.
  static std::vector<TextRecord> records(std::size_t count = 70'000) {
    std::vector<TextRecord> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back({fmt::format("text {}", i), fmt::format("id{}", i), {}});
    made[1].text = "caf\u00e9 \U0001F642";
    made[2].text = "";
    made[3].text = std::string(100'000, 'x');
    made[3].labels[5] = kUncertain;
    return made;
  }
  std::string error() const {
    return refusal([&] { TextSet set(path_); });
  }
  test::TemporaryFolder folder_;
  fs::path path_ = folder_ / "set.h5";
};

TEST_F(TextSetTest, IsReadBackInBlocks) {
  write_text_set(path_, records(), true, {{"source", "test"}});
  const TextSet set(path_);
  ASSERT_EQ(set.size(), 70'000);
  EXPECT_THAT(set.texts(0, 3), ElementsAre("text 0", "caf\u00e9 \U0001F642", ""));
  EXPECT_EQ(set.texts(3, 1)[0].size(), 100'000u);
  EXPECT_THAT(set.texts(65'535, 2), ElementsAre("text 65535", "text 65536"));
  EXPECT_THAT(set.ids(69'998, 2), ElementsAre("id69998", "id69999"));
  EXPECT_THAT(set.texts(5, 0), testing::IsEmpty());
  EXPECT_CLOSE(set.lengths().slice(0, 0, 5), at::tensor({6, 6, 0, 100'000, 6}, at::kInt), 0); // code points, not bytes
  EXPECT_EQ(set.labels()[3][5].item<int>(), kUncertain);
  EXPECT_EQ(set.attributes().at("source"), "test");
  EXPECT_EQ(set.attributes().at("format"), kTextSetFormat);
}

TEST_F(TextSetTest, EqualContentGivesEqualBytesAndIdentity) {
  write_text_set(path_, records(100), false, {});
  write_text_set(folder_ / "again.h5", records(100), false, {});
  EXPECT_EQ(test::file_bytes(path_), test::file_bytes(folder_ / "again.h5"));
  auto other = records(100);
  other[50].text[0] = 'T'; // of the same length
  write_text_set(folder_ / "other.h5", other, false, {});
  EXPECT_EQ(TextSet(path_).identity(), TextSet(folder_ / "again.h5").identity());
  EXPECT_NE(TextSet(path_).identity(), TextSet(folder_ / "other.h5").identity());
  EXPECT_FALSE(TextSet(path_).labels().defined());
}

TEST_F(TextSetTest, ADamagedTextIsRefused) {
  write_text_set(path_, records(100), false, {});
  auto bytes = test::file_bytes(path_);
  bytes[bytes.find("text 77")] ^= 1;
  test::put_bytes(path_, bytes);
  const TextSet set(path_);
  EXPECT_EQ(set.texts(76, 1)[0], "text 76");
  EXPECT_THAT(refusal([&] { set.texts(70, 20); }), HasSubstr("set.h5: texts, row 77: expected CRC-32"));
}

TEST_F(TextSetTest, ReadsAnImageSetsImpressions) {
  std::vector<ImageRecord> images(3, {at::zeros({8, 8}, at::kByte), "id", "study", "subject", {}, "report", "impression"});
  images[1].impression = "caf\u00e9";
  images[2].labels[0] = kPositive;
  write_image_set(path_, images, true, true, {{"source", "test"}});
  const TextSet set(path_);
  EXPECT_THAT(set.texts(0, 3), ElementsAre("impression", "caf\u00e9", "impression"));
  EXPECT_CLOSE(set.lengths(), at::tensor({10, 4, 10}, at::kInt), 0);
  EXPECT_EQ(set.labels()[2][0].item<int>(), kPositive);
  fs::create_directories(folder_ / "run");
  fs::copy(path_, folder_ / "run/results.h5");
  EXPECT_EQ(TextSet(folder_ / "run").size(), 3);
}

TEST_F(TextSetTest, WhatIsNoTextSetIsRefused) {
  write_image_set(path_, {{at::zeros({8, 8}, at::kByte), "id", "", "", {}, "", ""}}, false, true, {});
  EXPECT_THAT(error(), HasSubstr("impressions: expected the impressions of an image set, found none"));
  { hdf5::File::create(path_).close(); }
  EXPECT_THAT(error(), HasSubstr("expected a text set, or an image set with impressions, found an HDF5 file with: "));
  EXPECT_THAT(refusal([&] { TextSet set(folder_.path()); }), HasSubstr("expected a text set, an image set or a finished run"));
}

TEST_F(TextSetTest, RowsThatDisagreeAreRefused) {
  const auto write = [&](std::int64_t texts, std::int64_t lengths) {
    auto file = hdf5::File::create(path_);
    file.create_variable_strings("texts", texts);
    if (texts > 0) file.write_string_rows("texts", 0, std::vector<std::string>(static_cast<std::size_t>(texts), "a"));
    file.write("lengths", at::zeros({lengths}, at::kInt));
    file.write("text_checksums", at::zeros({texts}, at::kInt));
    file.write_strings("ids", {"a"});
    file.write_attribute("/", "format", std::string(kTextSetFormat));
    file.close();
  };
  write(0, 0);
  EXPECT_THAT(error(), HasSubstr("texts: expected at least one text, found none"));
  write(2, 1);
  EXPECT_THAT(error(), HasSubstr("lengths: expected 2 rows, as the set has, found 1"));
  write(2, 2);
  EXPECT_THAT(error(), HasSubstr("ids: expected 2 rows, as the set has, found 1"));
}

} // namespace
} // namespace cxr
