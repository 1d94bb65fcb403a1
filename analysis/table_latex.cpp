#include <fmt/ranges.h>

#include "analysis/table_formats.h"

namespace cxr {
namespace {

const std::map<std::string_view, std::string_view> kReplacements = {{"\\", "\\textbackslash{}"},
                                                                    {"&", "\\&"},
                                                                    {"%", "\\%"},
                                                                    {"$", "\\$"},
                                                                    {"#", "\\#"},
                                                                    {"_", "\\_"},
                                                                    {"{", "\\{"},
                                                                    {"}", "\\}"},
                                                                    {"~", "\\textasciitilde{}"},
                                                                    {"^", "\\textasciicircum{}"},
                                                                    {"<", "\\textless{}"},
                                                                    {">", "\\textgreater{}"},
                                                                    {"[", "{[}"},
                                                                    {"]", "{]}"}, // after \\ a bracket would be an argument
                                                                    {"—", "---"},
                                                                    {"–", "--"},
                                                                    {"±", "$\\pm$"},
                                                                    {"∞", "$\\infty$"},
                                                                    {"Δ", "$\\Delta$"},
                                                                    {"×", "$\\times$"},
                                                                    {"√", "$\\surd$"}};

// The length of the UTF-8 character that starts with this byte.
std::size_t character_length(unsigned char lead) {
  if (lead < 0xC0) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

std::string cells(const std::vector<std::string>& line) {
  std::vector<std::string> escaped;
  for (const auto& text : line) escaped.push_back(latex_escape(text));
  return fmt::format("  {} \\\\\n", fmt::join(escaped, " & "));
}

// A name for \ref: letters and digits of the arm's.
std::string reference_name(const Table& table) {
  std::string name = table.id + "-";
  for (unsigned char c : table.arm) {
    if (std::isalnum(c) && c < 0x80) name += static_cast<char>(std::tolower(c));
  }
  return name;
}

std::string tabular(const Table& table) {
  auto text = fmt::format("\\begin{{tabular}}{{ll{}}}\n\\toprule\n", std::string(table.columns.size(), 'r'));
  std::vector<std::string> header = {table.row_header, ""};
  for (const auto& column : table.columns) header.push_back(column.heading);
  text += cells(header) + "\\midrule\n";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (i > 0) text += "\\addlinespace\n";
    for (const auto& line : lines_of_row(table.rows[i], table.columns)) text += cells(line);
  }
  text += "\\bottomrule\n\\end{tabular}";
  // Many columns with their intervals, or long labels, are wider than a page.
  return fmt::format("\\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n{}}}", text);
}

std::string latex_table(const Table& table) {
  auto text = fmt::format(
      "\\begin{{table}}[htbp]\n\\centering\n\\caption{{{}}}\n\\label{{tab:{}}}\n\\scriptsize\n"
      "\\setlength{{\\tabcolsep}}{{3pt}}\n{}\n",
      latex_escape(table.title), reference_name(table), tabular(table));
  for (const auto& note : table.notes) text += fmt::format("\\par\\smallskip\\parbox{{\\linewidth}}{{{}}}\n", latex_escape(note));
  return text + "\\end{table}\n";
}

} // namespace

std::string latex_escape(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto character = text.substr(0, character_length(static_cast<unsigned char>(text[0])));
    const auto found = kReplacements.find(character);
    result += found == kReplacements.end() ? character : found->second;
    text.remove_prefix(character.size());
  }
  return result;
}

std::string latex(std::span<const Table> tables) {
  std::string text = "% \\input this file; it needs \\usepackage{booktabs,graphicx} and margins of at most 2 cm on A4.\n";
  for (const auto& table : tables) text += fmt::format("\n{}", latex_table(table));
  return text;
}

} // namespace cxr
