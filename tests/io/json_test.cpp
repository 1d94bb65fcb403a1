#include "io/json.h"

#include <fstream>

#include <gmock/gmock.h>

#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using test::refusal;
using testing::HasSubstr;

class Json : public testing::Test {
 protected:
  JsonFile file(const std::string& text) {
    const auto path = folder_ / "config.json";
    std::ofstream(path, std::ios::binary) << text;
    return JsonFile(path);
  }

  test::TemporaryFolder folder_;
};

TEST_F(Json, GivesFieldsByType) {
  const auto config = file(R"({"on": true, "n": -3, "eps": 1, "name": "é", "sizes": [1, 2], "rates": [1, 2.5], "names": ["a"],
                              "flags": [false], "none": null})");
  EXPECT_TRUE(config.require<bool>("on"));
  EXPECT_EQ(config.require<std::int64_t>("n"), -3);
  EXPECT_EQ(config.require<double>("eps"), 1.0);
  EXPECT_EQ(config.require<std::string>("name"), "é");
  EXPECT_EQ(config.require<std::vector<std::int64_t>>("sizes"), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(config.require<std::vector<double>>("rates"), (std::vector<double>{1, 2.5}));
  EXPECT_EQ(config.require<std::vector<std::string>>("names"), std::vector<std::string>{"a"});
  EXPECT_EQ(config.require<std::vector<bool>>("flags"), std::vector<bool>{false});
  EXPECT_EQ(config.get_or<std::int64_t>("none", 7), 7);
  EXPECT_EQ(config.get_or<std::string>("absent", "x"), "x");
  EXPECT_TRUE(config.has("n"));
  EXPECT_FALSE(config.has("none"));
}

TEST_F(Json, TakesPythonsInfinitiesForAbsent) {
  const auto config = file(R"({"low": -Infinity, "high": Infinity, "none": [NaN], "text": "-Infinity \" NaN"})");
  EXPECT_EQ(config.get_or("low", -1.0), -1.0);
  EXPECT_FALSE(config.has("high"));
  EXPECT_TRUE(config.root().at("none").at(0).is_null());
  EXPECT_EQ(config.require<std::string>("text"), "-Infinity \" NaN");
}

TEST_F(Json, RefusesAFieldOfAnotherType) {
  const auto config = file(R"({"n": 1.5, "s": 3, "sizes": [1, "2"], "big": 18446744073709551615, "o": {"a": 1}})");
  EXPECT_THAT(refusal([&] { config.require<std::int64_t>("n"); }), HasSubstr("config.json: n: expected an integer, found 1.5"));
  EXPECT_THAT(refusal([&] { config.require<std::int64_t>("big"); }), HasSubstr("big: expected an integer"));
  EXPECT_THAT(refusal([&] { config.require<std::string>("s"); }), HasSubstr("s: expected a string, found 3"));
  EXPECT_THAT(refusal([&] { config.require<bool>("s"); }), HasSubstr("expected true or false"));
  EXPECT_THAT(refusal([&] { config.require<double>("o"); }), HasSubstr("expected a number, found an object of 1 entries"));
  EXPECT_THAT(refusal([&] { config.require<std::vector<std::int64_t>>("sizes"); }), HasSubstr("an array, each entry an integer"));
  EXPECT_THAT(refusal([&] { config.get_or<std::string>("s", ""); }), HasSubstr("expected a string"));
  EXPECT_THAT(refusal([&] { config.require<bool>("absent"); }), HasSubstr("absent: expected true or false, found no such field"));
}

TEST_F(Json, AnObjectWithinNamesItsFieldsByTheirWay) {
  const auto config = file(R"({"text": {"inner": {"n": "7"}}, "s": 1})");
  const auto inner = config.object("text").object("inner");
  EXPECT_EQ(inner.require<std::string>("n"), "7");
  EXPECT_THAT(refusal([&] { inner.require<bool>("n"); }), HasSubstr("text.inner.n: expected true or false"));
  EXPECT_THAT(refusal([&] { config.object("s"); }), HasSubstr("s: expected an object, found 1"));
  EXPECT_THAT(refusal([&] { config.object("absent"); }), HasSubstr("absent: expected an object, found no such field"));
}

TEST_F(Json, RefusesFilesThatHoldNoObject) {
  EXPECT_THAT(refusal([&] { JsonFile(folder_ / "absent.json"); }), HasSubstr("absent.json: expected a file, found nothing"));
  EXPECT_THAT(refusal([&] { JsonFile(folder_.path()); }), HasSubstr("expected a file, found a folder"));
  EXPECT_THAT(refusal([&] { file(""); }), HasSubstr("an empty file"));
  EXPECT_THAT(refusal([&] { file("{\"a\": "); }), HasSubstr("byte 7: expected JSON"));
  EXPECT_THAT(refusal([&] { file("[1]"); }), HasSubstr("expected a JSON object, found array"));
  EXPECT_THAT(refusal([&] { file("{\"a\": \"\xff\"}"); }), HasSubstr("expected JSON"));
  EXPECT_THAT(refusal([&] { file("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"); }),
              HasSubstr("a Git-LFS pointer; run git lfs pull"));
}

} // namespace
} // namespace cxr
