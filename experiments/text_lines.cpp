#include "experiments/text_lines.h"

#include "core/error.h"
#include "core/utf8.h"

namespace cxr {

std::vector<TextLine> text_lines(const FileBytes& file, const std::string& item) {
  std::vector<TextLine> lines;
  auto text = file.text();
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    lines.push_back({number, std::string(line)});
    if (!is_utf8(line) || line.find('\0') != std::string_view::npos) {
      throw InputError(file.name, lines.back().place(), "UTF-8 without U+0000", "other bytes");
    }
  }
  if (lines.empty()) throw InputError(file.name, "", item + " a line", "blank lines alone");
  return lines;
}

} // namespace cxr
