#include "core/error.h"

#include <csignal>

#include <gmock/gmock.h>

#include "support/throws.h"

namespace cxr {
namespace {

TEST(InputError, SaysWhereWhatWasExpectedAndWhatWasFound) {
  const InputError error("set.h5", "images", "uint8 [N,H,W]", "float32 [4]");
  EXPECT_STREQ(error.what(), "set.h5: images: expected uint8 [N,H,W], found float32 [4]");
  EXPECT_EQ(error.where(), "set.h5");
  EXPECT_EQ(error.field(), "images");
  EXPECT_STREQ(InputError("set.h5", "", "a file", "none").what(), "set.h5: expected a file, found none");
}

TEST(InputError, IsOneLineWhateverTheInputHolds) {
  const InputError error("a\nb", "c\td", "e\r\nf", std::string(5000, 'x') + "\x1b[31m");
  const std::string message = error.what();
  for (const char c : message) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
  EXPECT_LT(message.size(), 1000u);
}

TEST(Interrupted, NamesTheSignal) { EXPECT_THAT(Interrupted(SIGTERM).what(), testing::HasSubstr("Terminated")); }

TEST(Expects, ThrowsOnlyWhenBroken) {
  EXPECT_NO_THROW(expects(true, "unused {}", 1));
  EXPECT_EQ(test::message_of<LogicError>([] { expects(false, "got {} of {}", 1, "two"); }), "got 1 of two");
}

} // namespace
} // namespace cxr
