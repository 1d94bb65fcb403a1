#include "text/impression.h"

#include <gtest/gtest.h>

#include "io/json.h"

namespace cxr {
namespace {

nlohmann::json reference_cases() { return JsonFile(std::filesystem::path(CXR_FIXTURES) / "text/sections.json").root().at("cases"); }

TEST(Impression, EqualsTheReferenceOnEveryReport) {
  for (const auto& expected : reference_cases()) {
    const auto study = expected.at("study").get<std::string>();
    const auto report = expected.at("report").get<std::string>();
    EXPECT_EQ(impression_of(report, study), expected.at("impression").get<std::string>()) << study;
    EXPECT_EQ(impression_of(report, "s" + study), expected.at("impression").get<std::string>()) << study;
  }
}

TEST(ParseSections, EqualsTheReferenceOnEveryReport) {
  for (const auto& expected : reference_cases()) {
    std::vector<Section> sections;
    for (const auto& section : expected.at("sections")) sections.push_back({section.at(0), section.at(1)});
    EXPECT_EQ(parse_sections(expected.at("report").get<std::string>()), sections) << expected.at("study");
  }
}

TEST(Impression, FixedRuleReadsNdicationAsAnIndication) {
  const std::string report = "\n NDICATION:  Pain.\n FINDINGS:  Normal.\n";
  EXPECT_EQ(impression_of(report, "50000000", SectionsRule::kMimic), "Pain.");
  EXPECT_EQ(impression_of(report, "50000000", SectionsRule::kFixed), "Normal.");
}

TEST(Impression, IsEmptyWhereNothingStandsForIt) {
  EXPECT_EQ(impression_of("", "50000000"), "");
  EXPECT_EQ(impression_of("\n TECHNIQUE:  One paragraph.\n", "no number"), "");
}

// A study with a range of its own whose report is shorter than the range.
TEST(Impression, RangeBeyondTheReportIsEmpty) { EXPECT_EQ(impression_of("Short.", "56412866"), ""); }

} // namespace
} // namespace cxr
