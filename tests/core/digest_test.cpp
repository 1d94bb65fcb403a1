#include "core/digest.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

// FIPS 180-2, appendix B.
TEST(Sha256, AgreesWithTheStandard) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfPiecesIsThatOfTheWhole) {
  Sha256 digest;
  for (const auto* piece : {"a", "", "bc"}) digest.add(piece);
  EXPECT_EQ(digest.hex(), sha256("abc"));
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const test::TemporaryFolder folder;
  const std::string bytes(100'001, '\xfe'); // more than one block of reading
  test::put_bytes(folder / "a", bytes);
  EXPECT_EQ(sha256_file(folder / "a"), sha256(bytes));
  EXPECT_THROW(sha256_file(folder / "absent"), InputError);
}

} // namespace
} // namespace cxr
