#include "data/text_set_writer.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

TEST(TextSetWriter, RefusesAnExistingFileAndLeavesIt) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "set.h5", "precious");
  EXPECT_THAT(test::refusal([&] {
                write_text_set(folder / "set.h5", {{"text", "id", {}}}, false, {});
              }),
              testing::HasSubstr("expected a name that is free"));
  EXPECT_EQ(test::file_bytes(folder / "set.h5"), "precious");
}

TEST(TextSetWriter, NothingIsLeftOfASetThatIsNotFinished) {
  const test::TemporaryFolder folder;
  {
    TextSetWriter writer(folder / "set.h5", {.rows = 2, .id_bytes = 2});
    writer.add({"text", "id", {}});
    EXPECT_THROW(writer.finish(), LogicError); // one text where two were announced
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(TextSetWriter, HoldsUtf8WithoutZeroBytesAlone) {
  EXPECT_TRUE(is_storable("caf\u00e9 \U0001F642\n"));
  for (const auto& text : {std::string(1, '\0'), std::string("caf\xe9"), std::string("\xc0\xaf"), std::string("\xed\xa0\x80"),
                           std::string("\xf4\x90\x80\x80"), std::string("\xe2\x82")}) {
    EXPECT_FALSE(is_storable(text));
  }
  const test::TemporaryFolder folder;
  TextSetWriter writer(folder / "set.h5", {.rows = 1, .id_bytes = 2});
  EXPECT_THROW(writer.add({std::string("caf\xe9"), "id", {}}), LogicError);
}

} // namespace
} // namespace cxr
