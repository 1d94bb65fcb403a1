#include "data/image_set_writer.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

std::vector<ImageRecord> records(const std::vector<std::pair<int, int>>& sizes) {
  std::vector<ImageRecord> made;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    ImageRecord record{at::randint(1, 256, {sizes[i].first, sizes[i].second}, at::kByte),
                       fmt::format("id{}", i),
                       "study",
                       "subject",
                       {},
                       "report",
                       "impression"};
    record.labels[3] = kUncertain;
    made.push_back(record);
  }
  return made;
}

std::size_t files_in(const test::TemporaryFolder& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
}

TEST(WriteImageSet, IsReadBackWhole) {
  const test::TemporaryFolder folder;
  const auto images = records(std::vector<std::pair<int, int>>(70, {16, 24})); // more than one write
  write_image_set(folder / "set.h5", images, true, true, {{"source", "test"}});
  const ImageSet set(folder / "set.h5");
  ASSERT_EQ(set.size(), 70);
  for (const std::int64_t i : {0, 63, 64, 69}) EXPECT_CLOSE(set.images(i, 1)[0], images[i].image, 0);
  EXPECT_EQ(set.info().ids[69], "id69");
  EXPECT_EQ(set.info().impressions[1], "impression");
  EXPECT_EQ(set.info().labels[5][3].item<int>(), kUncertain);
  EXPECT_EQ(set.info().attributes.at("source"), "test");
  EXPECT_FALSE(hdf5::File::open(folder / "set.h5").has("sizes"));
}

// Of what is in it, wherever it lies: equal ids are no proof.
TEST(WriteImageSet, ASetsIdentityIsThatOfItsContent) {
  const test::TemporaryFolder folder;
  const auto images = records({{16, 24}, {16, 24}});
  int number = 0;
  const auto identity_of = [&](const std::vector<ImageRecord>& made) {
    const auto path = folder / fmt::format("set{}.h5", number++);
    write_image_set(path, made, true, true, {{"source", "test"}});
    return ImageSet(path).identity();
  };
  const auto identity = identity_of(images);
  EXPECT_EQ(identity_of(images), identity);
  auto other = images;
  other[1].image = images[1].image.clone();
  other[1].image[3][5] += 1;
  EXPECT_NE(identity_of(other), identity) << "a pixel";
  other = images, other[0].labels[2] = kPositive;
  EXPECT_NE(identity_of(other), identity) << "a label";
  other = images, other[0].report = "another";
  EXPECT_NE(identity_of(other), identity) << "a report";
}

TEST(WriteImageSet, SmallerImagesArePaddedAndKeepTheirSize) {
  const test::TemporaryFolder folder;
  const auto images = records({{16, 8}, {8, 24}});
  write_image_set(folder / "set.h5", images, false, false, {});
  const ImageSet set(folder / "set.h5");
  EXPECT_THAT(std::vector({set.height(), set.width()}), ElementsAre(16, 24));
  EXPECT_EQ(set.image_size(1), std::pair(std::int64_t{8}, std::int64_t{24}));
  const auto second = set.images(1, 1)[0];
  EXPECT_CLOSE(second.narrow(0, 0, 8), images[1].image, 0);
  EXPECT_EQ(second.narrow(0, 8, 8).max().item<int>(), 0);
  EXPECT_FALSE(set.info().labels.defined());
  EXPECT_TRUE(set.info().reports.empty());
}

TEST(ImageSetWriter, RefusesAnExistingFileAndLeavesIt) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "set.h5") << "precious";
  EXPECT_THROW(write_image_set(folder / "set.h5", records({{8, 8}}), false, false, {}), InputError);
  EXPECT_EQ(fs::file_size(folder / "set.h5"), 8u);
}

TEST(ImageSetWriter, NothingIsLeftOfASetThatIsNotFinished) {
  const test::TemporaryFolder folder;
  {
    ImageSetWriter writer(folder / "set.h5", {2, 8, 8, false, false, {}});
    writer.add(records({{8, 8}})[0]);
    EXPECT_THROW(writer.finish(), LogicError); // one image where two were announced
  }
  EXPECT_EQ(files_in(folder), 0u);
}

} // namespace
} // namespace cxr
