#include "analysis/table_formats.h"

#include <gmock/gmock.h>

#include "io/csv.h"

namespace cxr {
namespace {

using testing::HasSubstr;

// A row with all that there is, and one with nothing.
std::vector<Table> small_table() {
  Table table{"table1", "50 % & more", "Title_1", "Finding", {{"auc", "AUC"}, {"f1", "Δ F1"}}, {}, {"A note: 5 % [sic]"}};
  table.rows.push_back({"Lung, \"Lesion\"", {{0.75, {0.5, 0.8125}, 0.766}, {-1}}, 3});
  table.rows.push_back({"Nothing", {{}, {}}, 3});
  return {table};
}

TEST(Markdown, ShowsNumberIntervalAndPublishedValue) {
  const auto text = markdown(small_table());
  EXPECT_THAT(text, HasSubstr("### Title_1\n\n| Finding        |               |            AUC |   Δ F1 |\n"));
  EXPECT_THAT(text, HasSubstr("|:---------------|:--------------|---------------:|-------:|\n"));
  EXPECT_THAT(text, HasSubstr("| Lung, \"Lesion\" | this study    |          0.750 | -1.000 |\n"));
  EXPECT_THAT(text, HasSubstr("|                | 95 % interval | [0.500, 0.812] |      — |\n"));
  EXPECT_THAT(text, HasSubstr("|                | published     |          0.766 |      — |\n"));
  EXPECT_THAT(text, HasSubstr("| Nothing        | this study    |              — |      — |\n"));
  EXPECT_THAT(text, HasSubstr("- A note: 5 % [sic]\n"));
}

TEST(Markdown, ZeroHasNoSign) {
  auto tables = small_table();
  tables[0].rows[0].cells[1] = {-0.0001, {-0.01, 0}};
  EXPECT_THAT(markdown(tables), HasSubstr(" 0.000 |"));
  EXPECT_THAT(markdown(tables), HasSubstr("[-0.010, 0.000] |"));
}

TEST(Markdown, AColumnMayHaveItsOwnDecimals) {
  auto tables = small_table();
  tables[0].columns[0].decimals = 1;
  EXPECT_THAT(markdown(tables), HasSubstr("|        0.8 | -1.000 |"));
  EXPECT_THAT(markdown(tables), HasSubstr("| [0.5, 0.8] |"));
}

TEST(Markdown, ABarDoesNotEndACell) {
  auto tables = small_table();
  tables[0].rows[0].label = "a|b";
  EXPECT_THAT(markdown(tables), HasSubstr("| a\\|b"));
}

TEST(Csv, IsTidyAndReadsBack) {
  const auto table = CsvTable::parse(csv(small_table()), "csv");
  ASSERT_EQ(table.rows(), 4);
  EXPECT_THAT(table.header(), testing::ElementsAre("table", "arm", "row", "column", "value", "low", "high", "published"));
  const std::vector<std::string> first = {"table1", "50 % & more", "Lung, \"Lesion\"", "auc", "0.75", "0.5", "0.8125", "0.766"};
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(table.at(0, i), first[i]);
  EXPECT_EQ(table.at(1, 7), "");
  EXPECT_EQ(table.at(2, 4), "");
}

TEST(Json, HasNullForWhatDoesNotExist) {
  const auto numbers = json(small_table()).at("tables").at(0).at("numbers");
  EXPECT_EQ(numbers.at(0).at("high"), 0.8125);
  EXPECT_TRUE(numbers.at(1).at("published").is_null());
  EXPECT_TRUE(numbers.at(2).at("value").is_null());
}

TEST(Latex, EscapesWhatIsSpecial) {
  EXPECT_EQ(latex_escape("a_b & 5 % of $3 #1 {x} ~ ^ \\"),
            "a\\_b \\& 5 \\% of \\$3 \\#1 \\{x\\} \\textasciitilde{} \\textasciicircum{} \\textbackslash{}");
  EXPECT_EQ(latex_escape("[0.1, 0.2] — ± ∞ Δ é"), "{[}0.1, 0.2{]} --- $\\pm$ $\\infty$ $\\Delta$ é");
  EXPECT_EQ(latex_escape(std::string_view("\xE2\x80", 2)), std::string("\xE2\x80", 2)); // a cut character does no harm
}

TEST(Latex, UsesTheRulesOfBooktabs) {
  const auto text = latex(small_table());
  EXPECT_THAT(text, HasSubstr("\\caption{Title\\_1}\n\\label{tab:table1-50more}"));
  EXPECT_THAT(text, HasSubstr("\\begin{tabular}{llrr}\n\\toprule\n  Finding &  & AUC & $\\Delta$ F1 \\\\\n\\midrule\n"));
  EXPECT_THAT(text, HasSubstr("   & 95 \\% interval & {[}0.500, 0.812{]} & --- \\\\\n"));
  EXPECT_THAT(text, HasSubstr("\\addlinespace\n  Nothing & this study & --- & --- \\\\\n"));
  EXPECT_THAT(text, HasSubstr("\\bottomrule\n\\end{tabular}}\n"));
  EXPECT_THAT(text, HasSubstr("A note: 5 \\% {[}sic{]}"));
}

} // namespace
} // namespace cxr
