#include "io/image_file.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/json.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kPictures = fs::path(CXR_FIXTURES) / "image_file";

std::string read_error(const fs::path& path) {
  try {
    read_grey_image(path);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

at::Tensor tensor_of(const nlohmann::json& rows) {
  const auto height = static_cast<std::int64_t>(rows.size()), width = static_cast<std::int64_t>(rows.at(0).size());
  auto image = at::empty({height, width}, at::kByte);
  auto* out = image.data_ptr<std::uint8_t>();
  for (const auto& row : rows) out = std::ranges::copy(row.get<std::vector<std::uint8_t>>(), out).out;
  return image;
}

TEST(ReadGreyImage, EqualsPilOnEveryKind) {
  const auto expected = JsonFile(kPictures / "grey.json").root();
  EXPECT_GE(expected.size(), 14u);
  for (const auto& [name, rows] : expected.items()) {
    SCOPED_TRACE(name);
    EXPECT_CLOSE(read_grey_image(kPictures / name), tensor_of(rows), 0);
  }
}

class DamagedPicture : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  test::TemporaryFolder folder_;
};

TEST_F(DamagedPicture, TruncatedFilesAreRefusedAtEveryLength) {
  for (const std::string name : {"rotated.jpg", "progressive.jpg", "grey.png", "rgba.png"}) {
    const auto bytes = bytes_of(kPictures / name);
    for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 40) {
      EXPECT_THAT(read_error(write(name, bytes.substr(0, size))), HasSubstr(name)) << size << " bytes of " << bytes.size();
    }
    EXPECT_THAT(read_error(write(name, bytes.substr(0, bytes.size() - 1))), HasSubstr("cut off"));
  }
}

TEST_F(DamagedPicture, BytesAfterTheEndAreIgnored) {
  EXPECT_NO_THROW(read_grey_image(write("a.jpg", bytes_of(kPictures / "colour.jpg") + "trailing")));
}

TEST_F(DamagedPicture, AbsentEmptyAndOtherFilesAreRefused) {
  EXPECT_THAT(read_error(folder_ / "absent.png"), HasSubstr("absent.png"));
  EXPECT_THAT(read_error(write("empty.png", "")), HasSubstr("an empty file"));
  EXPECT_THAT(read_error(write("text.png", "This is no picture.")), HasSubstr("a JPEG or PNG"));
  EXPECT_THAT(read_error(folder_.path()), HasSubstr("a folder"));
  auto damaged = bytes_of(kPictures / "grey.png");
  damaged[damaged.size() / 2] ^= 0x55;
  EXPECT_THAT(read_error(write("damaged.png", damaged)), HasSubstr("can be decoded"));
}

// A header may claim any size: it is refused before memory is taken for it.
TEST_F(DamagedPicture, HugeSizesAreRefusedByTheHeader) {
  auto jpeg = bytes_of(kPictures / "grey.jpg");
  const auto frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, jpeg.npos);
  jpeg.replace(frame + 5, 4, "\xff\xff\xff\xff");
  const auto before = peak_memory();
  EXPECT_THAT(read_error(write("huge.jpg", jpeg)), HasSubstr("65535x65535"));
  auto png = bytes_of(kPictures / "grey.png");
  png.replace(16, 8, std::string("\x00\x00\xff\xff\x00\x00\xff\xff", 8));
  EXPECT_THAT(read_error(write("huge.png", png)), HasSubstr("65535x65535"));
  EXPECT_LT(peak_memory() - before, 100 << 20);
}

TEST_F(DamagedPicture, LongestSidesAreRead) {
  const auto line = at::arange(65535).remainder(251).to(at::kByte);
  for (const auto& image : {line.view({1, -1}), line.view({-1, 1}), line.narrow(0, 7, 1).view({1, 1})}) {
    write_png(folder_ / "line.png", image);
    EXPECT_CLOSE(read_grey_image(folder_ / "line.png"), image, 0);
  }
}

TEST_F(DamagedPicture, WritePngKeepsGreyAndColour) {
  const auto grey = at::randint(0, 256, {9, 14}, at::kByte);
  write_png(folder_ / "grey.png", grey);
  EXPECT_CLOSE(read_grey_image(folder_ / "grey.png"), grey, 0);
  auto red = at::zeros({2, 3, 3}, at::kByte);
  red.select(2, 0).fill_(255);
  write_png(folder_ / "red.png", red);
  EXPECT_CLOSE(read_grey_image(folder_ / "red.png"), at::full({2, 3}, 76, at::kByte), 0); // 255 × 0.299
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 2);
}

TEST_F(DamagedPicture, JpegBytesAreOfTheImage) {
  auto red = at::zeros({16, 24, 3}, at::kByte);
  red.select(2, 0).fill_(255);
  std::ofstream(folder_ / "red.jpg", std::ios::binary) << jpeg_bytes(red, 90);
  EXPECT_CLOSE(read_grey_image(folder_ / "red.jpg"), at::full({16, 24}, 76, at::kByte), 2); // lossy, and little so of one colour
  const auto noise = at::randint(0, 256, {64, 64}, at::kByte);
  EXPECT_LT(jpeg_bytes(noise, 20).size(), jpeg_bytes(noise, 95).size());
}

} // namespace
} // namespace cxr
