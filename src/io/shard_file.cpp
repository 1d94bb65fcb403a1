#include "io/shard_file.h"

#include <charconv>

#include "core/atomic_file.h"
#include "core/error.h"
#include "io/shard_format.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

std::int64_t rows_of(const Column& column) {
  if (const auto* tensor = std::get_if<at::Tensor>(&column)) return tensor->size(0);
  return std::ssize(std::get<std::vector<std::string>>(column));
}

void check_index(const fs::path& path, std::span<const std::int64_t> index, std::int64_t samples) {
  for (std::size_t i = 0; i < index.size(); ++i) {
    if (index[i] < 0 || index[i] >= samples || (i > 0 && index[i] <= index[i - 1])) {
      throw InputError(path.string(), shard::kIndex, fmt::format("ascending sample numbers below {}", samples),
                       fmt::format("{} at row {}", index[i], i));
    }
  }
}

} // namespace

namespace shard {

Identity read_identity(const hdf5::File& file) {
  const auto format = file.has_attribute("/", "format") ? file.read_attribute("/", "format") : std::string("no format attribute");
  if (format != kFormat) throw InputError(file.path().string(), "format", kFormat, format);
  Identity identity{file.read_attribute("/", "run"), 0};
  const auto text = file.read_attribute("/", "samples");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), identity.samples);
  if (error != std::errc() || end != text.data() + text.size() || identity.samples < 0) {
    throw InputError(file.path().string(), "samples", "a count", text);
  }
  return identity;
}

std::vector<std::int64_t> read_index(const hdf5::File& file, std::int64_t samples) {
  const auto dims = file.shape(kIndex);
  if (dims.size() != 1 || file.dtype(kIndex) != at::kLong)
    throw InputError(file.path().string(), kIndex, "int64 [n]", "another type or rank");
  const auto index = file.read(kIndex);
  std::vector<std::int64_t> numbers(index.const_data_ptr<std::int64_t>(), index.const_data_ptr<std::int64_t>() + index.numel());
  check_index(file.path(), numbers, samples);
  return numbers;
}

} // namespace shard

void write_shard(const fs::path& path, const RunAttributes& attributes, const std::vector<std::int64_t>& index,
                 const Columns& columns) {
  check_index(path, index, attributes.samples);
  AtomicFile target(path);
  auto file = hdf5::File::create(target.path());
  file.write_attribute("/", "format", std::string(shard::kFormat));
  file.write_attribute("/", "run", attributes.run);
  file.write_attribute("/", "samples", fmt::format("{}", attributes.samples));
  for (const auto& [name, value] : attributes.file) file.write_attribute("/", shard::kResultsPrefix + name, value);
  file.write(shard::kIndex, at::tensor(index, at::kLong));
  for (const auto& [name, column] : columns) {
    expects(rows_of(column) == std::ssize(index), "{}: {} has {} rows for {} samples", path.string(), name, rows_of(column),
            index.size());
    if (const auto* tensor = std::get_if<at::Tensor>(&column)) {
      file.write(name, *tensor);
    } else {
      file.write_strings(name, std::get<std::vector<std::string>>(column));
    }
    if (const auto found = attributes.datasets.find(name); found != attributes.datasets.end()) {
      for (const auto& [key, values] : found->second) file.write_attribute(name, key, values);
    }
  }
  file.close();
  target.commit();
}

std::vector<std::int64_t> read_shard_index(const fs::path& path, const std::string& run, std::int64_t samples) {
  const auto file = hdf5::File::open(path);
  const auto identity = shard::read_identity(file);
  if (identity.run != run) throw InputError(path.string(), "run", run, fmt::format("{} (a shard of another run)", identity.run));
  if (identity.samples != samples) {
    throw InputError(path.string(), "samples", fmt::format("{}", samples), fmt::format("{}", identity.samples));
  }
  return shard::read_index(file, samples);
}

std::string format_ranges(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", numbers[i]);
    if (last > i) text += fmt::format("-{}", numbers[last]);
    i = last + 1;
  }
  return text;
}

} // namespace cxr
