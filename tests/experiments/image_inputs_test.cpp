// Sets of several sizes: padding never reaches a network.
#include "experiments/image_inputs.h"

#include <gtest/gtest.h>

#include "models/model_input.h"
#include "support/temporary_folder.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

ImageRecord record(const std::string& id, std::int64_t height, std::int64_t width) {
  return {test::formula_image(id, height, width), id, id, id, {}, "", ""};
}

at::Tensor prepare(const at::Tensor& x) { return xray_input(x, 32, XrayResize::kAntialias); }

TEST(PreparedInputs, LeavesThePaddingOut) {
  const test::TemporaryFolder folder;
  const std::vector<ImageRecord> records = {record("a", 64, 48), record("b", 40, 64), record("c", 64, 64)};
  write_image_set(folder / "set.h5", records, false, false, {});
  const ImageSet images(folder / "set.h5");
  ASSERT_TRUE(images.has_sizes());
  const auto inputs = prepared_inputs(images, {0, 3}, prepare); // a is narrower than the frame, b lower
  ASSERT_EQ(inputs.sizes().vec(), (std::vector<std::int64_t>{3, 1, 32, 32}));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(inputs[i].equal(prepare(records[i].image.unsqueeze(0))[0])) << i;
}

TEST(PreparedInputs, ABatchOfOneSizeEqualsItsImagesOneByOne) {
  const test::TemporaryFolder folder;
  const std::vector<ImageRecord> records = {record("a", 50, 50), record("b", 50, 50)};
  write_image_set(folder / "set.h5", records, false, false, {});
  const ImageSet images(folder / "set.h5");
  ASSERT_FALSE(images.has_sizes());
  const auto inputs = prepared_inputs(images, {0, 2}, prepare);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(inputs[i].equal(prepare(records[i].image.unsqueeze(0))[0])) << i;
}

} // namespace
} // namespace cxr
