#include "io/csv.h"

#include <fmt/ranges.h>

#include "core/error.h"
#include "io/gzip_file.h"

namespace cxr {
namespace {

/// Splits CSV text into records, one after the other.
class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : rest_(text), name_(name) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
    if (rest_.starts_with("\xff\xfe") || rest_.starts_with("\xfe\xff")) {
      refuse(1, "", "UTF-8 text", "UTF-16");
    }
  }

  /// The next record that is not a blank line into `fields`; false at the end of the text.
  bool next(std::vector<std::string>& fields) {
    do {
      if (rest_.empty()) return false;
      record_line_ = line_;
      fields.clear();
      do fields.push_back(rest_.starts_with('"') ? quoted_field(fields.size()) : plain_field());
      while (skip_comma());
      end_line();
    } while (fields.size() == 1 && fields[0].empty());
    return true;
  }

  /// The line that the last record started on, counted from 1.
  std::size_t record_line() const { return record_line_; }

 private:
  [[noreturn]] void refuse(std::size_t line, const std::string& field, const std::string& expected,
                           const std::string& found) const {
    throw InputError(fmt::format("{}:{}", name_, line), field, expected, found);
  }

  std::string plain_field() {
    const auto size = std::min(rest_.find_first_of(",\r\n"), rest_.size());
    std::string field(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return field;
  }

  std::string quoted_field(std::size_t number) {
    const auto start = line_;
    std::string field;
    for (;;) {
      rest_.remove_prefix(1); // the quote that opens, or the second of a doubled one
      const auto quote = rest_.find('"');
      if (quote == rest_.npos) refuse(start, fmt::format("field {}", number + 1), "a closing quote", "the end of the file");
      const auto part = rest_.substr(0, quote);
      line_ += static_cast<std::size_t>(std::ranges::count(part, '\n'));
      field += part;
      rest_.remove_prefix(quote + 1);
      if (!rest_.starts_with('"')) break;
      field += '"';
    }
    if (!rest_.empty() && rest_[0] != ',' && rest_[0] != '\r' && rest_[0] != '\n') {
      refuse(line_, fmt::format("field {}", number + 1), "a comma or the line's end after the closing quote",
             fmt::format("'{}'", rest_[0]));
    }
    return field;
  }

  bool skip_comma() {
    if (!rest_.starts_with(',')) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void end_line() {
    if (rest_.starts_with('\r')) rest_.remove_prefix(1);
    if (rest_.starts_with('\n')) rest_.remove_prefix(1);
    ++line_;
  }

  std::string_view rest_;
  const std::string& name_;
  std::size_t line_ = 1, record_line_ = 1;
};

void check_header(const std::vector<std::string>& header, const std::string& name) {
  auto sorted = header;
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  // A column without a name is what a table's index becomes; nobody asks for it.
  if (twice != sorted.end() && !twice->empty()) throw InputError(name + ":1", *twice, "each column once", "it twice");
}

} // namespace

CsvTable CsvTable::read(const std::filesystem::path& path) { return parse(read_whole_file(path), path.string()); }

CsvTable CsvTable::parse(std::string_view text, const std::string& name) {
  CsvTable table;
  table.name_ = name;
  Parser parser(text, table.name_);
  if (!parser.next(table.header_)) throw InputError(name, "", "a header line", "an empty file");
  check_header(table.header_, name);
  std::vector<std::string> fields;
  while (parser.next(fields)) {
    if (fields.size() != table.header_.size()) {
      throw InputError(fmt::format("{}:{}", name, parser.record_line()), "",
                       fmt::format("{} fields, as in the header", table.header_.size()), fmt::format("{}", fields.size()));
    }
    table.rows_.push_back(std::move(fields));
    table.lines_.push_back(parser.record_line());
    fields = {};
    fields.reserve(table.header_.size());
  }
  return table;
}

bool CsvTable::has(const std::string& column) const { return std::ranges::find(header_, column) != header_.end(); }

std::size_t CsvTable::column(const std::string& name) const {
  const auto found = std::ranges::find(header_, name);
  if (found == header_.end()) throw InputError(name_, name, "a column of that name", fmt::format("{}", fmt::join(header_, ",")));
  return static_cast<std::size_t>(found - header_.begin());
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

} // namespace cxr
