#include "data/text_set.h"

#include <ranges>

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
  write_text_set(path_, records(), false, {});
  auto bytes = test::file_bytes(path_);
  bytes[bytes.find("text 7777text 7778")] ^= 1;
  test::put_bytes(path_, bytes);
  const TextSet set(path_);
  EXPECT_EQ(set.texts(60'000, 1)[0], "text 60000"); // of another block of 64 KiB
  EXPECT_THAT(refusal([&] { set.texts(7777, 1); }), HasSubstr("set.h5: text_bytes, elements from 131072: expected CRC-32"));
  EXPECT_THAT(refusal([&] { set.verify(); }), HasSubstr("text_bytes, elements from 131072: expected CRC-32"));
}

TEST_F(TextSetTest, DamagedOffsetsAreRefused) {
  write_text_set(path_, records(100), false, {});
  auto bytes = test::file_bytes(path_);
  const std::array<std::int64_t, 2> offsets = {0, 6}; // how the offsets begin
  const auto at = bytes.find(std::string(reinterpret_cast<const char*>(offsets.data()), sizeof(offsets)));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 8 * 50] ^= 1;
  test::put_bytes(path_, bytes);
  EXPECT_THAT(refusal([&] { TextSet(path_).texts(3, 1); }), HasSubstr("text_offsets, elements from 0: expected CRC-32"));
}

TEST_F(TextSetTest, OffsetsThatPointNowhereAreRefused) {
  const auto write = [&](const std::vector<std::int64_t>& offsets) {
    auto file = hdf5::File::create(path_);
    hdf5::BlockWriter bytes(file, "text_bytes", at::kByte, 3), places(file, "text_offsets", at::kLong, std::ssize(offsets));
    bytes.add(at::zeros({3}, at::kByte));
    places.add(at::tensor(offsets, at::kLong));
    bytes.finish();
    places.finish();
    file.write("lengths", at::zeros({std::ssize(offsets) - 1}, at::kInt));
    file.write_strings("ids", std::vector<std::string>(offsets.size() - 1, "a"));
    file.write_attribute("/", "content_sha256", std::string(64, '0'));
    file.close();
  };
  const auto message = [&] { return refusal([&] { TextSet(path_).texts(0, 2); }); };
  write({0, 2, 1});
  EXPECT_THAT(message(), HasSubstr("text_offsets, row 2: expected 2 to 3, found 1"));
  write({0, 2, 4});
  EXPECT_THAT(message(), HasSubstr("text_offsets, row 2: expected 2 to 3, found 4"));
  write({-1, 2, 3});
  EXPECT_THAT(message(), HasSubstr("text_offsets, row 0: expected 0 to 3, found -1"));
  write({0, 1, 3});
  EXPECT_THAT(refusal([&] { TextSet(path_).verify(); }), HasSubstr("lengths: expected 1 code points, found 0"));
}

TEST_F(TextSetTest, VerifiesWhatItsDigestWasMadeOf) {
  write_text_set(path_, records(100), true, {});
  TextSet(path_).verify();
  auto bytes = test::file_bytes(path_);
  const auto digest = TextSet(path_).attributes().at("content_sha256");
  bytes.replace(bytes.find(digest), digest.size(), std::string(digest.size(), '0'));
  test::put_bytes(path_, bytes); // HDF5's own checksum of the header refuses it
  EXPECT_THAT(refusal([&] { TextSet(path_).verify(); }), HasSubstr("set.h5"));
}

TEST_F(TextSetTest, SetsOfTheFirstVersionAreRead) {
  const TextSet set(CXR_FIXTURES "/sets/text_set_version_1.h5");
  EXPECT_EQ(set.size(), 7);
  EXPECT_THAT(set.texts(5, 2), ElementsAre("a painting of a gradient from grey on the left to red", "caf\u00e9 \U0001F642"));
  EXPECT_THAT(set.ids(5, 2), ElementsAre("6", "7"));
  EXPECT_EQ(set.lengths()[6].item<int>(), 6);
  // What runs on such sets have recorded.
  EXPECT_EQ(set.identity(), "5703c2bad16203ecce983e0961349329e72e868d29354feeb6b3712be93a7a01");
  set.verify();
}

// Each byte of HDF5's heap of such a set in turn: refused, or harmless.
TEST_F(TextSetTest, NoDamageToASetOfTheFirstVersionEndsTheProcess) {
  const auto whole = test::file_bytes(CXR_FIXTURES "/sets/text_set_version_1.h5");
  const auto texts = TextSet(CXR_FIXTURES "/sets/text_set_version_1.h5").texts(0, 7);
  const auto heap = whole.find("GCOL");
  ASSERT_NE(heap, std::string::npos);
  int refused = 0;
  for (const auto at : std::views::iota(heap, heap + 200)) {
    auto bytes = whole;
    bytes[at] ^= 0x81;
    test::put_bytes(path_, bytes);
    std::vector<std::string> found;
    refused += refusal([&] { found = TextSet(path_).texts(0, 7); }) != "nothing was refused";
    EXPECT_TRUE(found.empty() || found == texts) << "byte " << at;
  }
  EXPECT_GT(refused, 100);
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
    PackedTextsWriter writer(file, texts);
    for (std::int64_t i = 0; i < texts; ++i) writer.add("a");
    writer.finish();
    file.write("lengths", at::ones({lengths}, at::kInt));
    file.write_strings("ids", {"a"});
    file.close();
  };
  write(0, 0);
  EXPECT_THAT(error(), HasSubstr("text_offsets: expected at least one text, found none"));
  write(2, 1);
  EXPECT_THAT(error(), HasSubstr("lengths: expected 2 rows, as the set has, found 1"));
  write(2, 2);
  EXPECT_THAT(error(), HasSubstr("ids: expected 2 rows, as the set has, found 1"));
  write(1, 1);
  EXPECT_THAT(error(), HasSubstr("content_sha256: expected a digest of the texts, found none"));
}

} // namespace
} // namespace cxr
