#include "core/base64.h"

#include <gtest/gtest.h>

namespace cxr {
namespace {

TEST(Base64, VectorsOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string_view("\0\xff", 2)), "AP8=");
}

TEST(Base64, PiecesJoinWithoutASeam) {
  const std::string text = base64(std::string((3 << 20) + 1, 'a')); // one byte more than is encoded at once
  EXPECT_EQ(text.size(), (4U << 20) + 4);
  EXPECT_EQ(text.find('='), text.size() - 2);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text.substr((4 << 20) - 4), "YWFhYQ==");
}

} // namespace
} // namespace cxr
