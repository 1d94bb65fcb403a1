// The merge of shards into results.h5 (io/shard_file.h).
#include "core/atomic_file.h"
#include "core/error.h"
#include "io/hdf5_library.h"
#include "io/shard_file.h"
#include "io/shard_format.h"
#include "io/shard_set.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kBlockBytes = 32 << 20; // what a merge holds of a column at a time

void copy_strings(const ShardSet& shards, const ColumnType& column, hdf5::File& results, std::int64_t samples, std::int64_t block) {
  results.create_strings(column.name, samples, column.width);
  for (std::int64_t begin = 0; begin < samples; begin += block) {
    std::vector<std::string> strings;
    for (const auto& segment : shards.segments(begin, std::min(block, samples - begin))) {
      auto rows = shards.file(segment.shard).read_string_rows(column.name, segment.row, segment.count);
      std::move(rows.begin(), rows.end(), std::back_inserter(strings));
    }
    results.write_string_rows(column.name, begin, strings);
  }
}

void copy_tensor(const ShardSet& shards, const ColumnType& column, hdf5::File& results, std::int64_t samples, std::int64_t block) {
  results.create_dataset(column.name, column.dtype, samples, column.row_shape);
  for (std::int64_t begin = 0; begin < samples; begin += block) {
    std::vector<at::Tensor> parts;
    for (const auto& segment : shards.segments(begin, std::min(block, samples - begin))) {
      parts.push_back(shards.file(segment.shard).read_rows(column.name, segment.row, segment.count));
    }
    results.write_rows(column.name, begin, parts.size() == 1 ? parts[0] : at::cat(parts));
  }
}

void copy_column(const ShardSet& shards, const ColumnType& column, hdf5::File& results) {
  const auto samples = shards.identity().samples;
  const auto block = std::max<std::int64_t>(kBlockBytes / column.row_bytes(), 1);
  column.is_string ? copy_strings(shards, column, results, samples, block) : copy_tensor(shards, column, results, samples, block);
}

struct Run {
  std::int64_t begin, count; ///< samples [begin, begin + count)
};

/// Each shard's samples as runs.
std::vector<std::vector<Run>> runs_of_shards(const ShardSet& shards) {
  std::vector<std::vector<Run>> runs(shards.paths().size());
  std::int64_t begin = 0;
  for (const auto& segment : shards.segments(0, shards.identity().samples)) {
    runs[segment.shard].push_back({begin, segment.count});
    begin += segment.count;
  }
  return runs;
}

/// `dims` with these samples selected: one mapping a shard, since both sides ascend.
hdf5::Handle select_runs(const std::vector<Run>& runs, const std::vector<hsize_t>& dims) {
  hdf5::Handle space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose);
  H5Sselect_none(space.get());
  auto block = dims;
  std::vector<hsize_t> start(dims.size(), 0);
  for (const auto& run : runs) {
    start[0] = static_cast<hsize_t>(run.begin);
    block[0] = static_cast<hsize_t>(run.count);
    H5Sselect_hyperslab(space.get(), H5S_SELECT_OR, start.data(), nullptr, block.data(), nullptr);
  }
  return space;
}

// For tensors; strings are copied even in linked results: HDF5 1.10 cuts those of shards whose longest is not the longest of all.
void link_column(const ShardSet& shards, const ColumnType& column, const fs::path& results, hdf5::File& file) {
  const hdf5::Library library;
  const hdf5::Handle first(H5Dopen2(shards.first().id(), column.name.c_str(), H5P_DEFAULT), H5Dclose);
  const hdf5::Handle type(H5Dget_type(first.get()), H5Tclose);
  std::vector<hsize_t> dims(column.row_shape.begin(), column.row_shape.end());
  dims.insert(dims.begin(), static_cast<hsize_t>(shards.identity().samples));
  const hdf5::Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false);
  const auto runs = runs_of_shards(shards);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].empty()) continue;
    auto rows = dims;
    rows[0] = 0;
    for (const auto& run : runs[i]) rows[0] += static_cast<hsize_t>(run.count);
    const hdf5::Handle source(H5Screate_simple(static_cast<int>(rows.size()), rows.data(), nullptr), H5Sclose);
    const auto path = fs::relative(shards.paths()[i], fs::absolute(results).parent_path());
    H5Pset_virtual(creation.get(), select_runs(runs[i], dims).get(), path.c_str(), column.name.c_str(), source.get());
  }
  const hdf5::Handle space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose);
  hdf5::Handle dataset(
      H5Dcreate2(file.id(), column.name.c_str(), type.get(), space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Dclose);
  if (!dataset) hdf5::fail_to_write(file.path(), column.name);
  dataset.close(file.path(), column.name);
}

void copy_attributes(const ShardSet& shards, hdf5::File& results) {
  const auto& first = shards.first();
  results.write_attribute("/", "run", shards.identity().run);
  results.write_attribute("/", "samples", fmt::format("{}", shards.identity().samples));
  for (const auto& name : first.attributes("/")) {
    if (name.starts_with(shard::kResultsPrefix)) {
      results.write_attribute("/", name.substr(shard::kResultsPrefix.size()), first.read_attribute("/", name));
    }
  }
  for (const auto& column : shards.columns()) {
    for (const auto& name : first.attributes(column.name)) {
      results.write_attribute(column.name, name, first.read_attribute_strings(column.name, name));
    }
  }
}

} // namespace

void merge_shards(const fs::path& folder, const fs::path& results, bool linked) {
  const ShardSet shards(folder);
  remove_temporaries_of(results);
  AtomicFile target(results);
  auto file = hdf5::File::create(target.path());
  file.write(shard::kIndex, at::arange(shards.identity().samples, at::kLong));
  for (const auto& column : shards.columns()) {
    if (linked && !column.is_string) {
      link_column(shards, column, results, file);
    } else {
      copy_column(shards, column, file);
    }
  }
  copy_attributes(shards, file);
  file.close();
  target.commit();
}

} // namespace cxr
