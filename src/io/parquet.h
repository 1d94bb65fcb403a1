/// @file
/// One column of texts of a Parquet file, row group by row group (Apache Arrow's reader). Memory holds a few pages of the column,
/// whatever the size of the file, and nothing of the other columns is read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cxr {

class ParquetTexts {
 public:
  /// Opens a file and looks for the column.
  /// @param columns the names that it may have, likeliest first
  /// @throws InputError if the file is absent, empty, cut short or no Parquet file, or has no such column of strings
  ParquetTexts(const std::filesystem::path& path, const std::vector<std::string>& columns);
  ~ParquetTexts();
  ParquetTexts(ParquetTexts&&) noexcept;
  ParquetTexts& operator=(ParquetTexts&&) noexcept;

  /// The name of the column that was found.
  const std::string& column() const;
  /// The number of rows of each row group.
  const std::vector<std::int64_t>& row_groups() const;

  /// Consecutive rows; none where the column is null. The texts lie in the reader, and may be any bytes.
  using Rows = std::span<const std::optional<std::string_view>>;
  /// Hands the rows of a row group to `take`, a batch at a time; stops early where `take` says false. One thread at a time.
  /// @throws InputError if the data are damaged
  void read(std::int64_t row_group, const std::function<bool(Rows)>& take);

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

} // namespace cxr
