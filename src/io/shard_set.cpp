#include "io/shard_set.h"

#include <fmt/ranges.h>

#include "core/error.h"
#include "io/shard_file.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

ColumnType column_type(const hdf5::File& file, const std::string& name, std::int64_t rows) {
  ColumnType type{name};
  const auto dims = file.shape(name);
  if (dims.empty() || dims[0] != rows) {
    throw InputError(file.path().string(), name, fmt::format("{} rows, as index has", rows),
                     fmt::format("shape [{}]", fmt::join(dims, ",")));
  }
  type.is_string = file.is_string(name);
  if (type.is_string) {
    type.width = file.string_width(name);
    if (type.width == 0) throw InputError(file.path().string(), name, "strings of a fixed length", "a variable length");
  } else {
    type.dtype = file.dtype(name);
    type.row_shape.assign(dims.begin() + 1, dims.end());
  }
  return type;
}

std::vector<ColumnType> column_types(const hdf5::File& file, std::int64_t rows) {
  std::vector<ColumnType> types;
  for (const auto& name : file.datasets()) {
    if (name != shard::kIndex) types.push_back(column_type(file, name, rows));
  }
  return types;
}

std::string describe(const std::vector<ColumnType>& columns) {
  std::string text;
  for (const auto& column : columns) text += fmt::format("{}{}", text.empty() ? "" : "; ", column.describe());
  return text.empty() ? "none" : text;
}

} // namespace

std::int64_t ColumnType::row_bytes() const {
  if (is_string) return std::max<std::int64_t>(width, 1);
  auto bytes = static_cast<std::int64_t>(c10::elementSize(dtype));
  for (const auto extent : row_shape) bytes *= std::max<std::int64_t>(extent, 1);
  return bytes;
}

std::string ColumnType::describe() const {
  if (is_string) return fmt::format("{}: strings", name);
  return fmt::format("{}: {} [n{}{}]", name, c10::toString(dtype), row_shape.empty() ? "" : ",", fmt::join(row_shape, ","));
}

ShardSet::ShardSet(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw InputError(folder.string(), "", "a folder of shards", "none");
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".h5") paths.push_back(entry.path());
  }
  if (paths.empty()) throw InputError(folder.string(), "", "shards (*.h5)", "none");
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) add(path);
  check_complete(folder);
}

void ShardSet::add(const fs::path& path) {
  const auto shard = hdf5::File::open(path);
  const auto identity = shard::read_identity(shard);
  if (paths_.empty()) {
    identity_ = identity;
    owner_.assign(static_cast<std::size_t>(identity.samples), -1);
    row_.assign(static_cast<std::size_t>(identity.samples), 0);
  } else if (identity.run != identity_.run || identity.samples != identity_.samples) {
    throw InputError(path.string(), "run",
                     fmt::format("{} with {} samples, as in {}", identity_.run, identity_.samples, paths_[0].string()),
                     fmt::format("{} with {} samples (a shard of another run)", identity.run, identity.samples));
  }
  const auto index = shard::read_index(shard, identity.samples);
  check_columns(shard, std::ssize(index));
  claim(path, index);
  paths_.push_back(path);
}

void ShardSet::check_columns(const hdf5::File& file, std::int64_t rows) {
  const auto types = column_types(file, rows);
  if (paths_.empty()) {
    columns_ = types;
  } else if (describe(types) != describe(columns_)) {
    throw InputError(file.path().string(), "datasets", fmt::format("those of {} ({})", paths_[0].string(), describe(columns_)),
                     describe(types));
  }
  for (std::size_t i = 0; i < types.size(); ++i) columns_[i].width = std::max(columns_[i].width, types[i].width);
}

void ShardSet::claim(const fs::path& path, const std::vector<std::int64_t>& index) {
  std::vector<std::int64_t> twice;
  std::size_t other = 0;
  for (std::size_t row = 0; row < index.size(); ++row) {
    const auto sample = static_cast<std::size_t>(index[row]);
    if (owner_[sample] >= 0) {
      twice.push_back(index[row]);
      other = static_cast<std::size_t>(owner_[sample]);
    }
    owner_[sample] = static_cast<std::int32_t>(paths_.size());
    row_[sample] = static_cast<std::int64_t>(row);
  }
  if (!twice.empty()) {
    throw InputError(path.string(), shard::kIndex, "samples that no other shard holds",
                     fmt::format("{}, which {} holds too", format_ranges(twice), paths_[other].string()));
  }
}

void ShardSet::check_complete(const fs::path& folder) const {
  std::vector<std::int64_t> missing;
  for (std::size_t sample = 0; sample < owner_.size(); ++sample) {
    if (owner_[sample] < 0) missing.push_back(static_cast<std::int64_t>(sample));
  }
  if (!missing.empty()) {
    throw InputError(folder.string(), "samples", fmt::format("all {}", owner_.size()),
                     fmt::format("none for {}", format_ranges(missing)));
  }
  if (owner_.empty()) throw InputError(folder.string(), "samples", "at least one", "a run of none");
}

std::vector<Segment> ShardSet::segments(std::int64_t begin, std::int64_t count) const {
  std::vector<Segment> segments;
  for (auto sample = static_cast<std::size_t>(begin); sample < static_cast<std::size_t>(begin + count); ++sample) {
    const auto shard = static_cast<std::size_t>(owner_[sample]);
    if (!segments.empty() && segments.back().shard == shard && segments.back().row + segments.back().count == row_[sample]) {
      ++segments.back().count;
    } else {
      segments.push_back({shard, row_[sample], 1});
    }
  }
  return segments;
}

const hdf5::File& ShardSet::file(std::size_t shard) const {
  constexpr std::size_t kMostOpen = 64; // a long run leaves more shards than a process may open
  if (const auto found = open_.find(shard); found != open_.end()) return found->second;
  if (open_.size() >= kMostOpen) open_.clear();
  return open_.emplace(shard, hdf5::File::open(paths_[shard])).first->second;
}

} // namespace cxr
