#include "analysis/run_results.h"

#include "core/error.h"

namespace cxr {

hdf5::File open_results(const std::filesystem::path& run) {
  const auto results = std::filesystem::is_directory(run) ? run / "results.h5" : run;
  if (!std::filesystem::exists(results)) throw InputError(run.string(), "results.h5", "a finished run", "none; cxr merge makes it");
  return hdf5::File::open(results);
}

void check_samples(const hdf5::File& file, const std::vector<std::string>& ids, const std::string& whose) {
  const auto found = file.read_strings("ids");
  if (found.size() != ids.size()) {
    throw InputError(file.path().string(), "ids", fmt::format("{} samples, as {} has", ids.size(), whose),
                     fmt::format("{}", found.size()));
  }
  const auto difference = std::mismatch(ids.begin(), ids.end(), found.begin());
  if (difference.first != ids.end()) {
    throw InputError(file.path().string(), fmt::format("ids, sample {}", difference.first - ids.begin()),
                     fmt::format("{}, as {} has", *difference.first, whose), *difference.second);
  }
}

at::Tensor read_numbers(const hdf5::File& file, const std::string& name, std::int64_t rows, std::size_t dims) {
  const auto shape = file.shape(name);
  if (file.is_string(name) || !at::isFloatingType(file.dtype(name)) || shape.size() != dims || shape[0] != rows) {
    throw InputError(file.path().string(), name, fmt::format("numbers, {} rows in {} dimension(s)", rows, dims),
                     fmt::format("[{}]", fmt::join(shape, ",")));
  }
  return file.read(name);
}

} // namespace cxr
