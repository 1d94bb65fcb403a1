#include "combinations/option_table.h"

#include <fstream>

#include <gmock/gmock.h>

#include "app/program.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr::combinations {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kTables = CXR_SOURCE_DIR "/tests/combinations/tables";

/// A table of `cxr tokenize`, which has two options.
class OneTable : public testing::Test {
 protected:
  CommandTable read(const std::string& options) {
    std::ofstream(folder_ / "tokenize.toml") << "command = \"tokenize\"\nresult = \"printed\"\n[options]\n" << options;
    return read_table(folder_ / "tokenize.toml", program_.commands());
  }
  std::string refusal(const std::string& options) {
    return test::refusal([&] { read(options); });
  }

  test::TemporaryFolder folder_;
  Program program_;
};

// What fails here is a new option, or command, that no table tries.
TEST(OptionTables, HaveEveryOptionOfEveryCommand) {
  const Program program;
  EXPECT_NO_THROW(read_tables(kTables, program.commands(), {}));
}

TEST_F(OneTable, LacksNoOption) {
  EXPECT_THAT(refusal("tokenizer = { values = [\"x\"] }\n"), HasSubstr("text: expected a row: tokenize has this option"));
}

TEST_F(OneTable, HasNoOptionBesides) {
  EXPECT_THAT(refusal("tokenizer = { values = [\"x\"] }\ntext = { values = [\"y\"] }\ntypo = { values = [1] }\n"),
              HasSubstr("typo"));
}

TEST_F(OneTable, SaysWhatAChoiceChanges) {
  EXPECT_THAT(refusal("tokenizer = { values = [\"x\", \"z\"] }\ntext = { values = [\"y\"] }\n"), HasSubstr("changes"));
  EXPECT_THAT(refusal("tokenizer = { values = [\"x\", \"z\"], changes = [\"printed\"] }\ntext = { values = [\"y\"] }\n"
                      "[[refused]]\nwhen = { text = [\"w\"] }\n"),
              HasSubstr("w"));
}

TEST_F(OneTable, BecomesCommandLines) {
  const auto table = read(
      "tokenizer = { values = [\"x\", \"z\"], changes = [\"printed\"] }\ntext = { values = [\"y\", \"absent\"], changes = "
      "[\"printed\"] }\n[[refused]]\nwhen = { text = [\"absent\"], tokenizer = [\"z\"] }\n");
  EXPECT_THAT(table.arguments({0, 0}), testing::ElementsAre("tokenize", "--tokenizer=x", "--text=y"));
  EXPECT_THAT(table.arguments({1, 1}), testing::ElementsAre("tokenize", "--tokenizer=z"));
  EXPECT_TRUE(table.is_allowed({0, 1}, 1));
  EXPECT_FALSE(table.is_allowed({1, 1}, 1));
}

} // namespace
} // namespace cxr::combinations
