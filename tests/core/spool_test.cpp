#include "core/spool.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

TEST(Spool, GivesBackWhatItKeptInAnyOrder) {
  const test::TemporaryFolder folder;
  Spool spool(folder / "set.h5");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())); // it has no name: nothing is left, however the process ends
  const auto large = spool.append(std::string(9 << 20, 'x')), small = spool.append("abc");
  EXPECT_EQ(spool.size(), (9u << 20) + 3);
  EXPECT_EQ(spool.read(small, 3), "abc");
  EXPECT_EQ(spool.read(large, 9 << 20), std::string(9 << 20, 'x'));
  EXPECT_EQ(spool.read(small - 1, 3), "xab");
  EXPECT_EQ(spool.append("d"), small + 3);
  EXPECT_EQ(spool.read(small, 4), "abcd");
  EXPECT_THROW(spool.read(small, 5), LogicError);
}

} // namespace
} // namespace cxr
