#include "io/parquet.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include "core/error.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRowsPerBatch = 65536;
constexpr std::int64_t kReadBytes = 1 << 20; // of a column at a time

/// Texts whose array is of the type ARRAY (32-bit or 64-bit offsets, or views).
template <typename Array>
void append_texts(const arrow::Array& array, std::vector<std::optional<std::string_view>>& rows) {
  const auto& texts = static_cast<const Array&>(array);
  if (texts.null_count() == 0) {
    for (std::int64_t i = 0; i < texts.length(); ++i) rows.emplace_back(texts.GetView(i));
    return;
  }
  for (std::int64_t i = 0; i < texts.length(); ++i) {
    rows.push_back(texts.IsNull(i) ? std::nullopt : std::optional<std::string_view>(texts.GetView(i)));
  }
}

// False if the array holds something else than texts.
bool append_rows(const arrow::Array& array, std::vector<std::optional<std::string_view>>& rows) {
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      append_texts<arrow::BinaryArray>(array, rows);
      return true;
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      append_texts<arrow::LargeBinaryArray>(array, rows);
      return true;
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      append_texts<arrow::BinaryViewArray>(array, rows);
      return true;
    case arrow::Type::DICTIONARY: {
      const auto& encoded = static_cast<const arrow::DictionaryArray&>(array);
      std::vector<std::optional<std::string_view>> words;
      if (!append_rows(*encoded.dictionary(), words)) return false;
      for (std::int64_t i = 0; i < encoded.length(); ++i) {
        rows.push_back(encoded.IsNull(i) ? std::nullopt : words.at(static_cast<std::size_t>(encoded.GetValueIndex(i))));
      }
      return true;
    }
    default:
      return false;
  }
}

// The first line of what Arrow says.
std::string one_line(const std::string& message) { return message.substr(0, message.find('\n')); }

} // namespace

struct ParquetTexts::Reader {
  fs::path path;
  std::string column;
  int index = -1; ///< of the column among the file's leaves
  std::vector<std::int64_t> row_groups;
  std::unique_ptr<parquet::arrow::FileReader> file;
  std::vector<std::optional<std::string_view>> rows; ///< of the batch at hand

  // Runs what may throw Arrow's exceptions, and says what they say as ours.
  template <typename Action>
  void guarded(const std::string& field, const std::string& expected, const Action& action) const {
    try {
      action();
    } catch (const parquet::ParquetException& error) {
      throw InputError(path.string(), field, expected, one_line(error.what()));
    }
  }
  void open();
  void find_column(const std::vector<std::string>& columns);
};

void ParquetTexts::Reader::open() {
  std::error_code error;
  const auto refuse = [&](const char* found) { throw InputError(path.string(), "", "a Parquet file", found); };
  if (!fs::exists(path, error)) refuse("no such file");
  if (fs::is_directory(path, error)) refuse("a folder");
  if (fs::file_size(path, error) == 0) refuse("an empty file");
  guarded("", "a whole Parquet file", [&] {
    parquet::ReaderProperties properties;
    properties.enable_buffered_stream(); // rather than a row group's whole column at a time
    properties.set_buffer_size(kReadBytes);
    properties.set_page_checksum_verification(true); // where the file has checksums
    PARQUET_ASSIGN_OR_THROW(auto bytes, arrow::io::ReadableFile::Open(path.string()));
    parquet::ArrowReaderProperties arrow_properties(false); // threads are the caller's
    arrow_properties.set_pre_buffer(false);
    arrow_properties.set_batch_size(kRowsPerBatch);
    PARQUET_ASSIGN_OR_THROW(
        file, parquet::arrow::FileReader::Make(arrow::default_memory_pool(), parquet::ParquetFileReader::Open(bytes, properties),
                                               arrow_properties));
  });
}

void ParquetTexts::Reader::find_column(const std::vector<std::string>& columns) {
  const auto metadata = file->parquet_reader()->metadata();
  const auto* schema = metadata->schema();
  std::vector<std::string> names;
  for (int i = 0; i < schema->num_columns(); ++i) names.push_back(schema->Column(i)->path()->ToDotString());
  for (const auto& name : columns) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) continue;
    column = name;
    index = static_cast<int>(found - names.begin());
    const auto type = schema->Column(index)->physical_type();
    if (type != parquet::Type::BYTE_ARRAY) {
      throw InputError(path.string(), name, "a column of strings", parquet::TypeToString(type));
    }
    for (int group = 0; group < metadata->num_row_groups(); ++group) row_groups.push_back(metadata->RowGroup(group)->num_rows());
    return;
  }
  throw InputError(path.string(), "", fmt::format("a column {} (--column)", fmt::join(columns, " or ")),
                   fmt::format("the columns {}", fmt::join(names, ", ")));
}

ParquetTexts::ParquetTexts(const fs::path& path, const std::vector<std::string>& columns)
    : reader_(std::make_unique<Reader>(Reader{.path = path})) {
  reader_->open();
  reader_->find_column(columns);
}

ParquetTexts::~ParquetTexts() = default;
ParquetTexts::ParquetTexts(ParquetTexts&&) noexcept = default;
ParquetTexts& ParquetTexts::operator=(ParquetTexts&&) noexcept = default;

const std::string& ParquetTexts::column() const { return reader_->column; }
const std::vector<std::int64_t>& ParquetTexts::row_groups() const { return reader_->row_groups; }

void ParquetTexts::read(std::int64_t row_group, const std::function<bool(Rows)>& take) {
  auto& reader = *reader_;
  const auto field = fmt::format("{}, row group {}", reader.column, row_group);
  std::unique_ptr<arrow::RecordBatchReader> batches;
  reader.guarded(field, "undamaged data", [&] {
    PARQUET_ASSIGN_OR_THROW(batches, reader.file->GetRecordBatchReader({static_cast<int>(row_group)}, {reader.index}));
  });
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    reader.guarded(field, "undamaged data", [&] { PARQUET_THROW_NOT_OK(batches->ReadNext(&batch)); });
    if (!batch) return;
    reader.rows.clear();
    reader.rows.reserve(static_cast<std::size_t>(batch->num_rows()));
    if (!append_rows(*batch->column(0), reader.rows)) {
      throw InputError(reader.path.string(), reader.column, "a column of strings", batch->column(0)->type()->ToString());
    }
    if (!take(reader.rows)) return;
  }
}

} // namespace cxr
