#include "io/hdf5_blocks.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr::hdf5 {
namespace {

using test::refusal;
using testing::HasSubstr;

class Hdf5Blocks : public testing::Test {
 protected:
  void write(const at::Tensor& values, std::int64_t step) {
    auto file = File::create(path_);
    BlockWriter writer(file, "values", values.scalar_type(), values.numel());
    for (std::int64_t begin = 0; begin < values.numel(); begin += step)
      writer.add(values.slice(0, begin, std::min(begin + step, values.numel())));
    writer.finish();
    file.close();
  }
  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "file.h5";
};

TEST_F(Hdf5Blocks, EveryRangeIsReadBack) {
  for (const std::int64_t size : {0, 1, 8191, 8192, 8193, 20'000}) {
    const auto values = at::arange(size, at::kLong);
    write(values, 3000);
    const auto file = File::open(path_);
    const BlockReader reader(file, "values", at::kLong);
    ASSERT_EQ(reader.size(), size);
    EXPECT_CLOSE(reader.read(file, 0, size), values, 0);
    for (const std::int64_t begin : {size / 3, size / 2, size})
      EXPECT_CLOSE(reader.read(file, begin, size - begin), values.slice(0, begin), 0);
  }
}

TEST_F(Hdf5Blocks, HowItWasWrittenLeavesNoTrace) {
  const auto values = at::arange(20'000, at::kLong);
  write(values, 3000);
  const auto bytes = test::file_bytes(path_);
  write(values, 20'000);
  EXPECT_EQ(test::file_bytes(path_), bytes);
}

TEST_F(Hdf5Blocks, ADamagedBlockIsNamedAndTheOthersAreRead) {
  write(at::arange(20'000, at::kLong), 20'000);
  auto bytes = test::file_bytes(path_);
  const std::int64_t damaged = 8192 + 5;
  bytes[bytes.find(std::string(reinterpret_cast<const char*>(&damaged), sizeof(damaged)))] ^= 0x40;
  test::put_bytes(path_, bytes);
  const auto file = File::open(path_);
  const BlockReader reader(file, "values", at::kLong);
  reader.read(file, 0, 8192);
  reader.read(file, 16'384, 100);
  EXPECT_THAT(refusal([&] { reader.read(file, 16'000, 1); }), HasSubstr("file.h5: values, elements from 8192: expected CRC-32"));
}

TEST_F(Hdf5Blocks, OtherDatasetsAreRefused) {
  {
    auto file = File::create(path_);
    file.write("floats", at::zeros({3}));
    file.write("bare", at::zeros({3}, at::kLong));
    file.write("short", at::zeros({20'000}, at::kLong));
    file.write("short_crc32", at::zeros({2}, at::kInt));
    file.close();
  }
  const auto file = File::open(path_);
  const auto message = [&](const char* name) { return refusal([&] { BlockReader(file, name, at::kLong); }); };
  EXPECT_THAT(message("floats"), HasSubstr("floats: expected Long [N], found Float [3]"));
  EXPECT_THAT(message("bare"), HasSubstr("bare_crc32: expected a dataset"));
  EXPECT_THAT(message("short"), HasSubstr("short_crc32: expected Int [3], one for each 64 KiB, found Int [2]"));
}

TEST_F(Hdf5Blocks, ElementsThatAreMissingAreABug) {
  auto file = File::create(path_);
  BlockWriter writer(file, "values", at::kByte, 3);
  writer.add(at::zeros({2}, at::kByte));
  EXPECT_THROW(writer.finish(), LogicError);
  EXPECT_THROW(writer.add(at::zeros({2}, at::kByte)), LogicError);
}

} // namespace
} // namespace cxr::hdf5
