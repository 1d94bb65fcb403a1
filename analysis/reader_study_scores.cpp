#include "analysis/reader_study_scores.h"

#include <charconv>
#include <optional>

#include "core/error.h"
#include "io/csv.h"

namespace cxr {
namespace {

/// A row of a reader's file, with refusals that name it.
class ScoreRow {
 public:
  ScoreRow(const CsvTable& table, std::size_t row) : table_(table), row_(row) {}

  const std::string& text(const std::string& column) const { return table_.at(row_, table_.column(column)); }

  /// An integer from `low` to `high`.
  int integer(const std::string& column, int low, int high) const {
    const auto value = number<int>(column);
    if (!value || *value < low || *value > high) refuse(column, fmt::format("{} to {}", low, high), text(column));
    return *value;
  }

  double seconds() const {
    const auto value = number<double>("seconds");
    if (!value || !(*value >= 0 && *value < 1e9)) refuse("seconds", "a number, 0 or more", text("seconds"));
    return *value;
  }

  [[noreturn]] void refuse(const std::string& column, const std::string& expected, const std::string& found) const {
    throw InputError(fmt::format("{}:{}", table_.name(), table_.line(row_)), column, expected, found.empty() ? "nothing" : found);
  }

 private:
  template <typename T>
  std::optional<T> number(const std::string& column) const {
    const auto& field = text(column);
    T value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    return error == std::errc() && end == field.data() + field.size() ? std::optional(value) : std::nullopt;
  }

  const CsvTable& table_;
  std::size_t row_;
};

void add_row(ReaderScores& scores, const ScoreRow& row, const ReaderStudyKey& key) {
  if (row.text("study") != key.study) row.refuse("study", fmt::format("{}, as the key has", key.study), row.text("study"));
  if (scores.reader.empty()) scores.reader = row.text("reader");
  if (scores.reader.empty()) row.refuse("reader", "a name or initials", "");
  if (row.text("reader") != scores.reader) row.refuse("reader", scores.reader + ", as in the first row", row.text("reader"));
  const auto number = row.integer("case", 1, static_cast<int>(key.cases.size()));
  auto& score = scores.cases[static_cast<std::size_t>(number - 1)];
  if (score.score != 0) row.refuse("case", "each case once", fmt::format("{} again", number));
  score = {row.integer("score", kLowestScore, kHighestScore), row.seconds(), row.text("comment"), row.text("time")};
}

/// "3, 17, 20 and 5 more"
std::string list_of(const std::vector<std::size_t>& numbers) {
  constexpr std::size_t kNamed = 10;
  if (numbers.size() <= kNamed) return fmt::format("{}", fmt::join(numbers, ", "));
  return fmt::format("{} and {} more", fmt::join(numbers.begin(), numbers.begin() + kNamed, ", "), numbers.size() - kNamed);
}

void check_complete(const ReaderScores& scores, const std::string& file) {
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < scores.cases.size(); ++i) {
    if (scores.cases[i].score == 0) missing.push_back(i + 1);
  }
  if (missing.empty()) return;
  throw InputError(file, "case", fmt::format("a score for each of {} cases (or --allow-incomplete)", scores.cases.size()),
                   fmt::format("none for {}", list_of(missing)));
}

} // namespace

ReaderScores read_reader_scores(const std::filesystem::path& file, const ReaderStudyKey& key, bool allow_incomplete) {
  const auto table = CsvTable::read(file);
  for (const auto* column : {"study", "reader", "case", "score", "seconds", "comment", "time"}) table.column(column); // all there
  if (table.rows() == 0) throw InputError(file.string(), "case", "at least one", "none");
  ReaderScores scores{"", std::vector<ReaderScore>(key.cases.size())};
  for (std::size_t row = 0; row < table.rows(); ++row) add_row(scores, ScoreRow(table, row), key);
  if (!allow_incomplete) check_complete(scores, file.string());
  return scores;
}

std::string unblinded_csv(const ReaderStudyKey& key, const std::vector<ReaderScores>& readers) {
  std::string text = "study,reader,case,id,left,score,seconds,comment,time\r\n";
  for (const auto& reader : readers) {
    for (std::size_t i = 0; i < key.cases.size(); ++i) {
      const auto& [score, seconds, comment, time] = reader.cases[i];
      if (score == 0) continue;
      text += fmt::format("{},{},{},{},{},{},{},{},{}\r\n", key.study, csv_field(reader.reader), i + 1, csv_field(key.cases[i].id),
                          left_side(key.cases[i]), score, seconds, csv_field(comment), csv_field(time));
    }
  }
  return text;
}

} // namespace cxr
