#include "data/image_set.h"

#include <gmock/gmock.h>

#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using test::refusal;
using testing::AllOf;
using testing::HasSubstr;

class ImageSetTest : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  fs::path path = folder / "set.h5";

  /// A file that `change` may spoil: 3 images of 4 × 6.
  void write(const std::function<void(hdf5::File&)>& change, const at::Tensor& images = at::zeros({3, 4, 6}, at::kByte)) const {
    auto file = hdf5::File::create(path);
    file.write("images", images);
    change(file);
    file.close();
  }
  static void write_ids(hdf5::File& file) { file.write_strings("ids", {"a", "b", "c"}); }
  std::string error() const {
    return refusal([&] { ImageSet set(path); });
  }
};

TEST_F(ImageSetTest, ReadsARunsResultsByItsFolder) {
  fs::create_directories(folder / "run/shards");
  EXPECT_THAT(refusal([&] { ImageSet set(folder / "run"); }), HasSubstr("found a run that is not merged yet"));
  path = folder / "run/results.h5";
  write(write_ids, at::arange(3 * 4 * 6 * 3).reshape({3, 4, 6, 3}).to(at::kByte));
  const ImageSet set(folder / "run");
  EXPECT_TRUE(set.is_rgb());
  EXPECT_EQ(set.size(), 3);
  EXPECT_EQ(set.height(), 4);
  EXPECT_EQ(set.width(), 6);
  EXPECT_EQ(set.images(1, 2).sizes(), (std::vector<std::int64_t>{2, 4, 6, 3}));
  EXPECT_EQ(set.images(1, 1)[0][0][0][0].item<int>(), 72);
  EXPECT_EQ(set.image_size(2), std::pair(std::int64_t{4}, std::int64_t{6}));
  EXPECT_FALSE(set.info().labels.defined());
}

TEST_F(ImageSetTest, WhatIsNoImageSetIsRefused) {
  EXPECT_THAT(refusal([&] { ImageSet set(folder.path()); }), HasSubstr("expected an image set or a finished run, found neither"));
  EXPECT_THAT(error(), HasSubstr("set.h5: expected an HDF5 file"));
  { hdf5::File::create(path).close(); }
  EXPECT_THAT(error(), HasSubstr("images: expected uint8 [N,H,W] or [N,H,W,3], found no such dataset"));
}

TEST_F(ImageSetTest, ImagesOfAnotherTypeOrShapeAreRefused) {
  write(write_ids, at::zeros({3, 4, 6}));
  EXPECT_THAT(error(), HasSubstr("images: expected uint8 [N,H,W] or [N,H,W,3], found Float [3,4,6]"));
  write(write_ids, at::zeros({3, 4}, at::kByte));
  EXPECT_THAT(error(), HasSubstr("found Byte [3,4]"));
  write(write_ids, at::zeros({3, 4, 6, 4}, at::kByte));
  EXPECT_THAT(error(), HasSubstr("found Byte [3,4,6,4]"));
  write(write_ids, at::zeros({3, 0, 6}, at::kByte));
  EXPECT_THAT(error(), HasSubstr("at least one pixel"));
}

TEST_F(ImageSetTest, DatasetsThatDisagreeAreRefused) {
  write([](auto&) {});
  EXPECT_THAT(error(), HasSubstr("ids: expected"));
  write([](auto& file) { file.write_strings("ids", {"a", "b"}); });
  EXPECT_THAT(error(), HasSubstr("ids: expected 3 rows, as the set has, found 2"));
  write([](auto& file) { write_ids(file), file.write("labels", at::zeros({3, 13}, at::kChar)); });
  EXPECT_THAT(error(), HasSubstr("labels: expected Char [N,14], found Char [3,13]"));
  write([](auto& file) { write_ids(file), file.write("labels", at::zeros({2, 14}, at::kChar)); });
  EXPECT_THAT(error(), HasSubstr("labels: expected 3 rows"));
  write([](auto& file) { write_ids(file), file.write("sizes", at::tensor({4, 6, 4, 7, 1, 1}, at::kInt).reshape({3, 2})); });
  EXPECT_THAT(error(), AllOf(HasSubstr("sizes, row 1: expected"), HasSubstr("4 x 7")));
  write([](auto& file) { write_ids(file), file.write_strings("reports", {"only one"}); });
  EXPECT_THAT(error(), HasSubstr("reports: expected 3 rows"));
}

TEST_F(ImageSetTest, LabelsInAnotherOrderAreRefused) {
  write([](auto& file) {
    write_ids(file);
    file.write("labels", at::zeros({3, 14}, at::kChar));
    std::vector<std::string> names(kCheXpertLabels.begin(), kCheXpertLabels.end());
    std::swap(names[2], names[3]);
    file.write_attribute("labels", "names", names);
  });
  EXPECT_THAT(error(), HasSubstr("attribute names of labels: expected No Finding, Enlarged Cardiomediastinum, Cardiomegaly"));
}

TEST_F(ImageSetTest, TheIdentityTellsSetsApart) {
  write(write_ids);
  const auto identity = ImageSet(path).identity();
  write(write_ids);
  EXPECT_EQ(ImageSet(path).identity(), identity);
  write([](auto& file) { file.write_strings("ids", {"a", "b", "d"}); });
  EXPECT_NE(ImageSet(path).identity(), identity);
  write(write_ids, at::zeros({3, 6, 4}, at::kByte));
  EXPECT_NE(ImageSet(path).identity(), identity);
}

TEST_F(ImageSetTest, DamagedPixelsAreNamed) {
  write(write_ids, at::full({3, 40, 60}, 0x5a, at::kByte));
  auto bytes = test::file_bytes(path);
  bytes[bytes.find(std::string(200, 0x5a)) + 100] ^= 1;
  test::put_bytes(path, bytes);
  const ImageSet set(path);
  EXPECT_THAT(refusal([&] { set.images(0, 3); }), HasSubstr("set.h5: images: expected undamaged data"));
}

} // namespace
} // namespace cxr
