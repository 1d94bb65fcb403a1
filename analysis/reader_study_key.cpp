#include "analysis/reader_study_key.h"

#include "core/error.h"
#include "io/csv.h"

namespace cxr {

std::string left_side(const ReaderCase& pair) { return pair.original_is_left ? "original" : "reconstruction"; }

std::string key_csv(const ReaderStudyKey& key) {
  std::string text = "study,case,id,left\r\n";
  for (std::size_t i = 0; i < key.cases.size(); ++i)
    text += fmt::format("{},{},{},{}\r\n", key.study, i + 1, csv_field(key.cases[i].id), left_side(key.cases[i]));
  return text;
}

ReaderStudyKey read_reader_study_key(const std::filesystem::path& file) {
  const auto table = CsvTable::read(file);
  const auto study = table.column("study"), number = table.column("case"), id = table.column("id"), left = table.column("left");
  if (table.rows() == 0) throw InputError(file.string(), "case", "at least one", "none");
  ReaderStudyKey key{table.at(0, study), {}};
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto check = [&](const std::string& column, bool is_right, const std::string& expected, const std::string& found) {
      if (!is_right) throw InputError(fmt::format("{}:{}", file.string(), table.line(row)), column, expected, found);
    };
    const auto expected_number = fmt::format("{}", row + 1);
    const auto& side = table.at(row, left);
    check("study", table.at(row, study) == key.study, key.study, table.at(row, study));
    check("case", table.at(row, number) == expected_number, expected_number, table.at(row, number));
    check("left", side == "original" || side == "reconstruction", "original or reconstruction", side);
    key.cases.push_back({table.at(row, id), side == "original"});
  }
  return key;
}

} // namespace cxr
