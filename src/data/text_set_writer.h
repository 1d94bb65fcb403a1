/// @file
/// Writes text sets (data/text_set.h) a block at a time, so that a set may be larger than memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/atomic_file.h"
#include "data/image_set.h"
#include "data/packed_texts.h"
#include "io/hdf5.h"

namespace cxr {

/// What the file's attributes `format` and `format_version` say.
inline constexpr const char* kTextSetFormat = "cxr-text-set";
inline constexpr const char* kTextSetVersion = "2";

/// Whether a set can hold these bytes as a text: UTF-8 without U+0000, at which the strings of other programs end.
bool is_storable(std::string_view text);

/// Adds ids to the digest that text_set_content() takes.
void add_ids(Sha256& digest, std::span<const std::string> ids);
/// The attribute `content_sha256`. @param texts the packed texts' digest (data/packed_texts.h)  @param labels of all rows, or none
std::string text_set_content(const std::string& texts, const Sha256& ids, std::string_view labels);

/// One text with what is known of it.
struct TextRecord {
  std::string text; ///< storable
  std::string id;
  std::array<std::int8_t, kCheXpertLabels.size()> labels{};
};

/// What is known of a set before its first text.
struct TextSetPlan {
  std::int64_t rows = 0;     ///< how many texts will be added, at least one
  std::int64_t id_bytes = 0; ///< the longest id
  bool has_labels = false;
  std::map<std::string, std::string> attributes;
};

/// The file exists under its name once finish() returns, and not at all before.
class TextSetWriter {
 public:
  /// @throws InputError if `path` exists
  TextSetWriter(std::filesystem::path path, TextSetPlan plan);

  /// The next row.
  void add(TextRecord record);
  /// After the last row: moves the file to its name.
  void finish();

 private:
  void flush();

  TextSetPlan plan_;
  AtomicFile target_;
  hdf5::File file_;
  PackedTextsWriter texts_;
  std::int64_t written_ = 0;
  std::vector<std::string> ids_;      ///< not yet in the file
  std::vector<std::int32_t> lengths_; ///< likewise
  std::vector<std::int8_t> labels_;   ///< of all rows
  Sha256 ids_digest_;
};

/// Writes a whole set of texts that are in memory.
void write_text_set(const std::filesystem::path& path, std::vector<TextRecord> records, bool has_labels,
                    const std::map<std::string, std::string>& attributes);

} // namespace cxr
