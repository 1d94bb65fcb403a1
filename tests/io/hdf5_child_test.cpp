#include "io/hdf5_child.h"

#include <csignal>

#include <gmock/gmock.h>

#include "io/hdf5_library.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr::hdf5 {
namespace {

using testing::HasSubstr;

class StringsFromChild : public testing::Test {
 protected:
  StringsFromChild() { File::create(folder_ / "file.h5").close(); }
  std::vector<std::string> read(std::int64_t count, const ReadStrings& read_rows) {
    const Library library;
    return strings_from_child(File::open(folder_ / "file.h5"), "texts", count, read_rows);
  }
  std::string refused(const ReadStrings& read_rows) {
    return test::refusal([&] { read(3, read_rows); });
  }
  test::TemporaryFolder folder_;
};

TEST_F(StringsFromChild, ComeAsTheyAreInTheirOrder) {
  const auto text = [](std::int64_t row) { return std::string(static_cast<std::size_t>(row % 50), 'a'); };
  const auto found = read(20'000, [&](std::int64_t begin, std::int64_t count) {
    std::vector<std::string> rows;
    for (auto row = begin; row < begin + count; ++row) rows.push_back(text(row));
    return rows;
  });
  ASSERT_EQ(found.size(), 20'000u);
  for (std::size_t row = 0; row < found.size(); ++row) ASSERT_EQ(found[row], text(static_cast<std::int64_t>(row)));
}

TEST_F(StringsFromChild, ACrashIsARefusal) {
  EXPECT_THAT(refused([](auto, auto) -> std::vector<std::string> {
                std::raise(SIGSEGV);
                return {};
              }),
              HasSubstr("file.h5: texts: expected undamaged data, found strings over which HDF5 crashes (Segmentation fault)"));
}

TEST_F(StringsFromChild, WhatTheReaderThrowsIsARefusal) {
  EXPECT_THAT(refused([](auto, auto) -> std::vector<std::string> { throw InputError("file.h5", "texts", "a heap", "no heap"); }),
              HasSubstr("file.h5: texts: expected undamaged data, found no heap"));
}

#if !defined(__SANITIZE_ADDRESS__) // which ends a process that asks for too much itself
TEST_F(StringsFromChild, AllMemoryIsARefusal) {
  EXPECT_THAT(refused([](auto, auto) { return std::vector<std::string>(1, std::string(std::size_t{8} << 30, 'x')); }),
              HasSubstr("found strings that take more memory than the file has bytes"));
}
#endif

} // namespace
} // namespace cxr::hdf5
