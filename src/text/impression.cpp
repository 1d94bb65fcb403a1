#include "text/impression.h"

#include <charconv>

#include "text/section_tables.h"

namespace cxr {
namespace {

constexpr std::string_view kBlanks = " \t\n\v\f\r\x1c\x1d\x1e\x1f"; // what Python's \s and strip() take, within ASCII

std::string_view strip(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// As Python's text files: CRLF and lone CR are line ends.
std::string unix_lines(std::string_view text) {
  std::string lines;
  lines.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') lines += text[i];
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) lines += '\n';
  }
  return lines;
}

/// Where a header stands in a report: the reference's regular expression `\n ([A-Z ()/,-]+):\s`.
struct Header {
  std::size_t begin, name, name_end, end;
};

std::optional<Header> find_header(std::string_view text, std::size_t from) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ ()/,-";
  for (auto begin = text.find("\n ", from); begin != text.npos; begin = text.find("\n ", begin + 1)) {
    const auto name = begin + 2;
    const auto colon = text.find_first_not_of(kLetters, name);
    if (colon == text.npos || colon == name || text[colon] != ':' || colon + 1 == text.size()) continue;
    if (kBlanks.find(text[colon + 1]) != kBlanks.npos) return Header{begin, name, colon, colon + 2};
  }
  return std::nullopt;
}

std::string section_name(std::string_view header, SectionsRule rule) {
  const auto name = lower_case(strip(header));
  if (rule == SectionsRule::kFixed && name == "ndication") return "indication";
  for (const auto& known : section_tables::header_names()) {
    if (name == known.header) return std::string(known.section);
  }
  for (const auto word : section_tables::main_sections()) {
    if (name.find(word) != name.npos) return std::string(word);
  }
  for (const auto word : section_tables::view_words()) {
    if (name.find(word) != name.npos) return "findings";
  }
  return name;
}

bool is_conclusion(const Section& section) { return section.name == "impression" || section.name == "findings"; }

std::vector<Section> split_at_headers(std::string_view text, SectionsRule rule) {
  auto header = find_header(text, 0);
  if (!header) return {{"full report", std::string(text)}};
  std::vector<Section> sections = {{"preamble", std::string(text.substr(0, header->name))}};
  while (header) {
    const auto next = find_header(text, header->end);
    const auto end = next ? next->begin : text.size();
    sections.push_back({section_name(text.substr(header->name, header->name_end - header->name), rule),
                        std::string(text.substr(header->end, end - header->end))});
    header = next;
  }
  return sections;
}

const Section* last_of(const std::vector<Section>& sections, std::string_view name) {
  for (auto i = std::ssize(sections) - 1; i >= 0; --i) {
    if (sections[i].name == name) return &sections[i];
  }
  return nullptr;
}

std::int64_t study_number(std::string_view id) {
  if (id.starts_with('s')) id.remove_prefix(1);
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  return error == std::errc() && end == id.data() + id.size() ? number : -1;
}

} // namespace

std::vector<Section> parse_sections(std::string_view report, SectionsRule rule) {
  constexpr std::string_view kParagraph = "\n \n";
  auto sections = split_at_headers(unix_lines(report), rule);
  std::erase_if(sections, [](const Section& section) { return is_conclusion(section) && strip(section.text).empty(); });
  if (std::ranges::any_of(sections, is_conclusion)) return sections;
  auto& last = sections.back().text;
  if (const auto gap = last.find(kParagraph); gap != last.npos) {
    Section paragraph{"last_paragraph", last.substr(gap + kParagraph.size())};
    last.resize(gap);
    sections.push_back(std::move(paragraph));
  }
  return sections;
}

std::string impression_of(std::string_view report, std::string_view study_id, SectionsRule rule) {
  const auto study = study_number(study_id);
  for (const auto& range : section_tables::study_ranges()) {
    if (range.study != study) continue;
    const auto text = unix_lines(report);
    const auto begin = std::min(range.begin, text.size());
    return text.substr(begin, std::max(range.end, begin) - begin);
  }
  const auto sections = parse_sections(report, rule);
  for (const auto& known : section_tables::study_sections()) {
    if (known.study != study) continue;
    if (const auto* section = last_of(sections, known.section)) return std::string(strip(section->text));
  }
  for (const auto name : {"impression", "findings", "last_paragraph", "comparison"}) {
    if (const auto* section = last_of(sections, name)) return std::string(strip(section->text));
  }
  return "";
}

} // namespace cxr
