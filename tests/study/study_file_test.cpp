#include "study/study_file.h"

#include <gmock/gmock.h>

#include "study/small_study.h"
#include "study/study_results.h"
#include "support/file_bytes.h"
#include "support/refusal.h"

namespace cxr::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kLists = R"(
[lists]
plain = [{key = "a", words = ["--x", "{out.first}/deep"]}, {key = "b", words = []}]
own = [{key = "c", words = "{shared}"}]
all = ["plain", "own"]
prompts = [{prompt = "p", text = "of {key}"}, {prompt = "q", text = "and {key}"}]

[[step]]
name = "first"
what = "First"
command = "write x"
out = "first"

[[step]]
name = "samples-{key}"
for = "all"
what = "Samples {key}"
command = "generate {words} --from {data}/sub"
out = "samples-{key}"
ranks = 4

[[step]]
name = "measure-{key}-{prompt}"
for = ["all", "prompts"]
what = "Measure"
command = "fid --text '{text}' --of {out.samples-{key}}"
out = "m-{key}-{prompt}.json"
after = "first"

[[step]]
name = "tables"
what = "Tables"
command = "tables ."
out = "tables"
results = true

[generation]
negative = "{greeting}"

[[method]]
name = "A"
generate = "{out.samples-a}"
fid = ["{out.measure-a-p}", "{out.measure-a-q}"]

[[method]]
name = "C"
generate = "{out.samples-c}"
)";

test::SmallStudy lists_study() { return test::SmallStudy(kLists); }

const Step& step_named(const StudyFile& study, const std::string& name) {
  const auto found = std::ranges::find(study.steps, name, &Step::name);
  if (found == study.steps.end()) throw std::runtime_error("no step " + name);
  return *found;
}

std::vector<std::string> needs_of(const StudyFile& study, const std::string& name) {
  std::vector<std::string> names;
  for (const auto need : step_named(study, name).needs) names.push_back(study.steps[need].name);
  return names;
}

/// The file with [settings] shared = […].
StudyFile read_lists(const test::SmallStudy& small, const std::map<std::string, std::string>& overrides = {},
                     const std::vector<std::string>& leave_out = {}) {
  auto text = test::file_bytes(small.file());
  text.replace(text.find("greeting ="), 0, "shared = [\"--y\", \"{key}\"]\n");
  test::put_bytes(small.file(), text);
  return small.read(overrides, leave_out);
}

TEST(StudyFile, AStepForEachRowOfListsAndTheirProducts) {
  const auto small = lists_study();
  const auto study = read_lists(small);
  EXPECT_EQ(study.steps.size(), 1 + 3 + 6 + 1);
  EXPECT_THAT(step_named(study, "samples-a").command,
              ElementsAre("generate", "--x", "first/deep", "--from", (small.input() / "sub").string()));
  EXPECT_THAT(step_named(study, "samples-a").identity, ElementsAre("generate", "--x", "{out.first}/deep", "--from", "{data}/sub"));
  EXPECT_THAT(step_named(study, "samples-a").inputs, ElementsAre((small.input() / "sub").string()));
  EXPECT_THAT(step_named(study, "samples-c").command, testing::IsSupersetOf({"--y", "c"}));
  EXPECT_THAT(step_named(study, "measure-b-q").command, ElementsAre("fid", "--text", "and b", "--of", "samples-b"));
  EXPECT_EQ(step_named(study, "samples-a").max_ranks, 4);
  EXPECT_EQ(step_named(study, "measure-a-p").max_ranks, 0);
  EXPECT_EQ(step_named(study, "tables").max_ranks, 1);
}

TEST(StudyFile, WhatAStepNamesItNeeds) {
  const auto small = lists_study();
  const auto study = read_lists(small);
  EXPECT_THAT(needs_of(study, "samples-a"), ElementsAre("first"));
  EXPECT_THAT(needs_of(study, "samples-b"), ElementsAre());
  EXPECT_THAT(needs_of(study, "measure-a-p"), ElementsAre("first", "samples-a"));
  EXPECT_THAT(needs_of(study, "tables"), ElementsAre("samples-a", "samples-c", "measure-a-p", "measure-a-q"));
}

TEST(StudyFile, ResultsHaveTheirPaths) {
  const auto small = lists_study();
  const auto study = read_lists(small, {{"greeting", "a photo"}});
  const auto text = results_toml(study.results);
  EXPECT_THAT(text, HasSubstr("generate = 'samples-a'"));
  EXPECT_THAT(text, HasSubstr("'m-a-p.json'"));
  EXPECT_THAT(text, HasSubstr("negative = 'a photo'"));
  EXPECT_THAT(text, HasSubstr("title = 'A small study'"));
  EXPECT_THAT(text, Not(HasSubstr("step")));
}

TEST(StudyFile, AnEmptyInputLeavesOutWhatNeedsIt) {
  const auto small = lists_study();
  const auto study = read_lists(small, {{"data", ""}});
  EXPECT_EQ(study.steps.size(), 2); // first, tables
  EXPECT_THAT(study.left_out, testing::Contains(testing::Pair("samples-a", "input data is \"\"")));
  EXPECT_THAT(study.left_out, testing::Contains(testing::Pair("measure-a-p", "needs samples-a")));
  EXPECT_THAT(results_toml(study.results), Not(testing::AnyOf(HasSubstr("method"), HasSubstr("generation"))));
}

TEST(StudyFile, AStepThatIsLeftOutTakesWhatNeedsItAlong) {
  const auto small = lists_study();
  const auto study = read_lists(small, {}, {"samples-[ab]"});
  EXPECT_EQ(study.steps.size(), 1 + 1 + 2 + 1); // first, samples-c, measure-c-*, tables
  EXPECT_THAT(study.left_out, testing::Contains(testing::Pair("measure-b-q", "needs samples-b")));
  EXPECT_THAT(needs_of(study, "tables"), ElementsAre("samples-c"));
  EXPECT_THAT(test::refusal([&] { small.read({}, {"sample"}); }),
              HasSubstr("leave-out: expected a step, or a pattern of such, found sample"));
  // The folder's own study file knows of it.
  StudyFolder folder(study, small.out());
  folder.write_study();
  EXPECT_EQ(read_study_file(small.out() / "source.toml").left_out, study.left_out);
  const Overrides again{.values = {}, .leave_out = {"samples-[ab]"}};
  EXPECT_EQ(read_study_file(small.out() / "source.toml", again).left_out, study.left_out);
}

TEST(StudyFile, ItsSourceIsAStudyFileItself) {
  const test::SmallStudy small(test::kThreeSteps);
  const auto study = small.read({{"greeting", "good day"}});
  StudyFolder folder(study, small.out());
  folder.write_study();
  const auto again = read_study_file(small.out() / "source.toml");
  EXPECT_EQ(step_named(again, "one").command, step_named(study, "one").command);
  EXPECT_THAT(step_named(again, "one").command, testing::Contains("good day"));
}

std::string refusal_of(const std::string& steps, const std::map<std::string, std::string>& overrides = {}) {
  const test::SmallStudy small(steps);
  return test::refusal([&] { small.read(overrides); });
}

std::string one_step(const std::string& lines) { return "[[step]]\nname = \"s\"\nwhat = \"w\"\n" + lines; }

TEST(StudyFile, MistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(refusal_of(""), HasSubstr("[[step]], at least once"));
  EXPECT_THAT(refusal_of(one_step("out = \"o\"\n")), HasSubstr("step 1, command: expected a string, found none"));
  EXPECT_THAT(refusal_of(one_step("command = \"c\"\nout = \"/abs\"\n")), HasSubstr("a path within the study's folder, found /abs"));
  EXPECT_THAT(refusal_of(one_step("command = \"c\"\nout = \"../o\"\n")), HasSubstr("a path within the study's folder"));
  EXPECT_THAT(refusal_of(one_step("command = \"c {nobody}\"\nout = \"o\"\n")), HasSubstr("for {nobody}, found none of that name"));
  EXPECT_THAT(refusal_of(one_step("command = \"c {out.t}\"\nout = \"o\"\n")), HasSubstr("the name of a step for {out.t}"));
  EXPECT_THAT(refusal_of(one_step("command = \"c {out.s}\"\nout = \"o\"\n")), HasSubstr("in a circle"));
  EXPECT_THAT(refusal_of(one_step("command = \"c\"\nout = \"o\"\nfor = \"l\"\n")),
              HasSubstr("the name of a list of [lists], found l"));
  EXPECT_THAT(refusal_of(one_step("command = \"c\"\nout = \"o\"\nfrom = 1\n")), HasSubstr("an unknown key"));
  EXPECT_THAT(refusal_of(one_step("command = \"c\"\nout = \"o\"\n") + one_step("command = \"c\"\nout = \"p\"\n")),
              HasSubstr("a name of its own"));
  EXPECT_THAT(refusal_of(test::kThreeSteps, {{"colour", "red"}}), HasSubstr("--set: colour: expected a setting or an input"));
}

} // namespace
} // namespace cxr::study
