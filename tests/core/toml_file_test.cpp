#include "core/toml_file.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

namespace cxr {
namespace {

using testing::HasSubstr;

TEST(TomlFile, WhatIsNoTomlIsRefusedWithItsPlace) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "a.toml", "size = 3\nseed = = 4\n");
  EXPECT_THAT(test::message_of<InputError>([&] { read_toml(folder / "a.toml"); }),
              testing::AllOf(HasSubstr("a.toml: line 2, column"), HasSubstr("expected TOML")));
  EXPECT_THAT(test::message_of<InputError>([&] { read_toml(folder / "absent"); }), HasSubstr("found no such file"));
  EXPECT_THAT(test::message_of<InputError>([&] { read_toml(folder.path()); }), HasSubstr("found no regular file"));
}

TEST(TomlFile, StringsSurviveQuoting) {
  const std::string text = "a \"quoted\" \\ path\n\ttab \x01 Größe";
  const auto table = toml::parse("key = " + toml_string(text));
  EXPECT_EQ(table["key"].value<std::string>(), text);
}

TEST(TomlFile, FlattensByDottedKey) {
  const auto flat = flatten(toml::parse("b = 0.9\n[a]\nc = [1, 2]\nd = \"x\"\n"));
  EXPECT_EQ(flat.at("b"), "0.9");
  EXPECT_EQ(flat.at("a.d"), "\"x\"");
  EXPECT_EQ(flat.at("a.c"), "[ 1, 2 ]");
  EXPECT_EQ(flat.size(), 3u);
}

TEST(TomlFile, ARunsConfigurationIsTakenWithoutItsInputs) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "config.toml",
                  "format = \"cxr-run\"\nversion = 1\n[configuration]\nseed = 3\ninputs.images = \"abc\"\n");
  const auto table = configuration_table(folder / "config.toml");
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table["seed"].value<int>(), 3);
}

} // namespace
} // namespace cxr
