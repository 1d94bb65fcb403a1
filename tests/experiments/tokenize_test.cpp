// `cxr tokenize`: one line of ids for each line of text.
#include <gtest/gtest.h>

#include "core/error.h"
#include "experiments/commands.h"
#include "support/memory_file.h"
#include "support/temporary_folder.h"
#include "text/tokenizer.h"

namespace cxr {
namespace {

const std::string kTokenizer = CXR_FIXTURES "/tokenizers/roberta"; // to which a carriage return is a token

std::string tokenize(const std::string& content) {
  const test::TemporaryFolder folder;
  test::spill(folder / "texts.txt", content);
  CLI::App root;
  const auto command = tokenize_command(root);
  root.parse(fmt::format("tokenize --tokenizer {} --text {}", kTokenizer, (folder / "texts.txt").string()));
  testing::internal::CaptureStdout();
  EXPECT_EQ(command.run(), kDone);
  return testing::internal::GetCapturedStdout();
}

std::string ids_of(const std::string& text) {
  static const auto tokenizer = load_tokenizer(kTokenizer);
  return fmt::format("{}\n", fmt::join(tokenizer->encode_with_special(text), " "));
}

TEST(Tokenize, ALineOfIdsForEachLine) {
  EXPECT_EQ(tokenize("small effusion\n\nstable\n"), ids_of("small effusion") + ids_of("") + ids_of("stable"));
  EXPECT_EQ(tokenize("stable\nthe last line has no end"), ids_of("stable") + ids_of("the last line has no end"));
}

TEST(Tokenize, LinesEndAtALineFeedAlone) {
  EXPECT_EQ(tokenize("a\r\nb\rc\u2028d\n"), ids_of("a\r") + ids_of("b\rc\u2028d"));
  EXPECT_NE(ids_of("a\r"), ids_of("a"));
}

} // namespace
} // namespace cxr
