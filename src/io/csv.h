/// @file
/// CSV tables (RFC 4180) by column name: a byte-order mark, CRLF, quoted commas and newlines, and gzip are all read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cxr {

class CsvTable {
 public:
  /// Reads a file, `.csv` or `.csv.gz`.
  /// @throws InputError (file, line) if absent, empty, a quote is not closed, or a row has another number of fields than the header
  static CsvTable read(const std::filesystem::path& path);
  /// Parses text. @param name stands for the file in messages
  static CsvTable parse(std::string_view text, const std::string& name);

  std::size_t rows() const { return rows_.size(); }
  const std::vector<std::string>& header() const { return header_; }
  bool has(const std::string& column) const;
  /// The column's number. @throws InputError naming the columns that are there
  std::size_t column(const std::string& name) const;
  const std::string& at(std::size_t row, std::size_t column) const { return rows_[row][column]; }
  /// Where a row starts in the file, counted from 1, for messages.
  std::size_t line(std::size_t row) const { return lines_[row]; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> lines_;
};

/// One field as CSV writes it: quoted if it holds a comma, a quote or a line break.
std::string csv_field(std::string_view text);

} // namespace cxr
