#include "core/options.h"

#include <algorithm>
#include <optional>

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

namespace cxr {
namespace {

using testing::HasSubstr;
using Arguments = std::vector<std::string>;

/// A program with one command, `prep folder`, that has an option of each kind.
struct Program {
  CLI::App root{"", "cxr"};
  CLI::App* folder = nullptr;
  std::string images, out, config;
  std::int64_t size = 512;
  double max_bad = 0.01;
  bool equalize = false;
  Arguments prompts;
  std::vector<int> taps = {64, 2048};
  std::optional<int> seed;

  Program() {
    auto* prep = root.add_subcommand("prep");
    folder = prep->add_subcommand("folder");
    folder->add_option("--images", images);
    folder->add_option("--size,-s", size)->capture_default_str();
    folder->add_option("--max-bad", max_bad)->capture_default_str();
    folder->add_flag("--equalize,!--no-equalize", equalize);
    folder->add_option("--prompt", prompts);
    folder->add_option("--taps", taps)->capture_default_str();
    folder->add_option("--seed", seed);
    folder->add_option("--out", out)->group(kExecutionGroup);
    folder->add_option("--config", config)->group(kExecutionGroup);
  }

  void parse(Arguments arguments) {
    arguments = expand_config(root, arguments);
    std::reverse(arguments.begin(), arguments.end()); // as CLI11 takes a vector
    root.parse(arguments);
  }
};

class OptionsTest : public testing::Test {
 protected:
  test::TemporaryFolder files;

  Arguments with_config(const std::string& toml, const Arguments& more = {}) {
    test::put_bytes(files / "c.toml", toml);
    Arguments arguments = {"prep", "folder", "--config", (files / "c.toml").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::string refusal(const std::string& toml) {
    return test::message_of<InputError>([&] { Program().parse(with_config(toml)); });
  }
};

TEST_F(OptionsTest, AFileGivesOptionsOfEveryKind) {
  Program program;
  program.parse(
      with_config("images = 'a folder/x.h5'\nsize = 256\nmax-bad = 1\nequalize = true\nprompt = ['one', 'two words']\ntaps = "
                  "[192]\nseed = -4\nout = 'o'\n"));
  EXPECT_EQ(program.images, "a folder/x.h5");
  EXPECT_EQ(program.size, 256);
  EXPECT_EQ(program.max_bad, 1.0);
  EXPECT_TRUE(program.equalize);
  EXPECT_EQ(program.prompts, (Arguments{"one", "two words"}));
  EXPECT_EQ(program.taps, std::vector<int>{192});
  EXPECT_EQ(program.seed, -4);
  EXPECT_EQ(program.out, "o");
}

TEST_F(OptionsTest, TheCommandLineWins) {
  const std::string toml = "size = 256\nmax-bad = 0.5\nequalize = true\nprompt = ['from the file']\n";
  for (const auto& spelling : {Arguments{"--size", "128"}, Arguments{"--size=128"}, Arguments{"-s", "128"}, Arguments{"-s128"}}) {
    Program program;
    program.parse(with_config(toml, spelling));
    EXPECT_EQ(program.size, 128) << spelling[0];
    EXPECT_EQ(program.max_bad, 0.5);
  }
  Program program;
  program.parse(with_config(toml, {"--prompt", "typed", "--no-equalize"}));
  EXPECT_EQ(program.prompts, Arguments{"typed"});
  EXPECT_FALSE(program.equalize);
}

TEST_F(OptionsTest, TextThatLooksLikeAnOptionStaysText) {
  Program program;
  program.parse(with_config("images = '--odd=name'\n"));
  EXPECT_EQ(program.images, "--odd=name");
}

TEST_F(OptionsTest, WithoutAFileNothingChanges) {
  const Arguments arguments = {"prep", "folder", "--size", "3"};
  EXPECT_EQ(expand_config(Program().root, arguments), arguments);
}

TEST_F(OptionsTest, WrongFilesAreRefused) {
  EXPECT_THAT(refusal("sizes = 3\n"), testing::AllOf(HasSubstr("c.toml: sizes: expected an option of folder: images, size"),
                                                     HasSubstr("found none of that name; the nearest is size")));
  EXPECT_THAT(refusal("max_bad = 3\n"), HasSubstr("the nearest is max-bad"));
  EXPECT_THAT(refusal("promptly = 3\n"), HasSubstr("the nearest is prompt"));
  EXPECT_THAT(refusal("equalise = true\n"), HasSubstr("the nearest is equalize"));
  EXPECT_THAT(refusal("size = 'large'\n"), HasSubstr("c.toml: size: expected an integer, found a string"));
  EXPECT_THAT(refusal("size = 1.5\n"), HasSubstr("size: expected an integer, found a number"));
  EXPECT_THAT(refusal("equalize = 1\n"), HasSubstr("equalize: expected true or false, found an integer"));
  EXPECT_THAT(refusal("[size]\na = 1\n"), HasSubstr("size: expected an integer, found a table"));
  EXPECT_THAT(refusal("size = [1, 2]\n"), HasSubstr("size: expected an integer, found an array"));
  EXPECT_THAT(refusal("images = 2022-10-09\n"), HasSubstr("images: expected a string, found a date or time"));
  EXPECT_THAT(refusal("config = 'other.toml'\n"), HasSubstr("found none of that name"));
  EXPECT_THAT(refusal("size = \n"), HasSubstr("line 1, column"));
  EXPECT_THAT(test::message_of<InputError>([] {
                Program().parse({"prep", "folder", "--config", "absent.toml"});
              }),
              HasSubstr("absent.toml"));
  EXPECT_THAT(test::message_of<InputError>([] {
                Program().parse({"prep", "folder", "--config"});
              }),
              HasSubstr("--config: expected a file"));
}

TEST_F(OptionsTest, TheConfigurationHasWhatDecidesResultsInOneSpelling) {
  Program program;
  program.parse({"prep", "folder", "--images", "a\"b", "--max-bad", "5e-2", "--out", "somewhere", "--prompt", "x, y", "z"});
  EXPECT_EQ(result_configuration(*program.folder),
            "images = \"a\\\"b\"\nsize = 512\nmax-bad = 0.05\nequalize = false\nprompt = [\"x, y\", \"z\"]\ntaps = [64, 2048]\n");
}

TEST_F(OptionsTest, TheResolvedConfigurationReadsBack) {
  Program first, second;
  first.parse({"prep", "folder", "--images", "x", "--size", "64", "--equalize", "--seed", "9", "--prompt", "p", "--out", "o"});
  second.parse(with_config(resolved_configuration(*first.folder)));
  EXPECT_EQ(resolved_configuration(*second.folder), resolved_configuration(*first.folder));
  EXPECT_EQ(second.out, "o");
  EXPECT_EQ(second.seed, 9);
}

} // namespace
} // namespace cxr
