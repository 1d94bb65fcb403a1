#include "study/template_text.h"

#include <gmock/gmock.h>

#include "support/refusal.h"

namespace cxr::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Value of(const std::string& name) {
  if (name == "key") return {{"unet"}};
  if (name == "text") return {{"a photo of a {subject}"}};
  if (name == "subject") return {{"lung xray"}};
  if (name == "train-unet") return {{"runs/train"}};
  if (name == "adapted") return {{"--unet", "{train-{key}}/unet"}, true};
  if (name == "alias") return {{"{adapted}"}};
  if (name == "none") return {{}, true};
  if (name == "a") return {{"{b}"}};
  if (name == "b") return {{"{a}"}};
  throw InputError("here", name, "a name", "none");
}

TEST(TemplateText, NamesStandForTextsThatHoldNames) {
  EXPECT_EQ(expand("{text}!", of, "here"), "a photo of a lung xray!");
  EXPECT_EQ(expand("{train-{key}}/unet", of, "here"), "runs/train/unet");
  EXPECT_EQ(expand("plain", of, "here"), "plain");
}

TEST(TemplateText, AWordThatIsAListBecomesItsWords) {
  EXPECT_THAT(expand_words({"generate", "{adapted}", "{none}", "{alias}", "x y"}, of, "here"),
              ElementsAre("generate", "--unet", "runs/train/unet", "--unet", "runs/train/unet", "x y"));
}

TEST(TemplateText, WordsAreAShells) {
  EXPECT_THAT(split_words("a  'b c' \"d 'e'\" f'g'h ''", "here"), ElementsAre("a", "b c", "d 'e'", "fgh", ""));
  const std::vector<std::string> words = {"plain", "two words", "it's", "", "$HOME", "a=b/c.d"};
  EXPECT_EQ(join_words(words), "plain 'two words' 'it'\\''s' '' '$HOME' a=b/c.d");
}

TEST(TemplateText, MistakesAreNamed) {
  EXPECT_THAT(test::refusal([] { expand("a {key", of, "here"); }), HasSubstr("braces in pairs"));
  EXPECT_THAT(test::refusal([] { expand("a key}", of, "here"); }), HasSubstr("braces in pairs"));
  EXPECT_THAT(test::refusal([] { expand("x{adapted}", of, "here"); }), HasSubstr("a text for {adapted}"));
  EXPECT_THAT(test::refusal([] { expand("{a}", of, "here"); }), HasSubstr("in a circle"));
  EXPECT_THAT(test::refusal([] { expand_words({"{a}"}, of, "here"); }), HasSubstr("in a circle"));
  EXPECT_THAT(test::refusal([] { split_words("a 'b", "here"); }), HasSubstr("quotes in pairs"));
}

} // namespace
} // namespace cxr::study
