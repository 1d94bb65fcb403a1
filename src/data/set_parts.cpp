#include "data/set_parts.h"

#include "core/atomic_file.h"
#include "core/error.h"
#include "data/image_set.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

void check_label_names(const hdf5::File& file) {
  if (!file.has_attribute("labels", "names")) return;
  const auto names = file.read_attribute_strings("labels", "names");
  if (!std::equal(names.begin(), names.end(), kCheXpertLabels.begin(), kCheXpertLabels.end())) {
    throw InputError(file.path().string(), "attribute names of labels", fmt::format("{}", fmt::join(kCheXpertLabels, ", ")),
                     fmt::format("{}", fmt::join(names, ", ")));
  }
}

} // namespace

fs::path set_file(const fs::path& path, const std::string& what) {
  if (!fs::is_directory(path)) return path;
  const auto results = path / "results.h5";
  if (fs::exists(results)) return results;
  throw InputError(path.string(), "", what + " or a finished run",
                   fs::exists(path / "shards") ? "a run that is not merged yet" : "neither");
}

at::Tensor read_table(const hdf5::File& file, const std::string& name, at::ScalarType dtype, std::int64_t rows,
                      std::int64_t columns) {
  if (!file.has(name)) return {};
  const auto shape = file.shape(name);
  if (shape.size() != 2 || shape[1] != columns || file.dtype(name) != dtype) {
    throw InputError(file.path().string(), name, fmt::format("{} [N,{}]", c10::toString(dtype), columns),
                     fmt::format("{} [{}]", c10::toString(file.dtype(name)), fmt::join(shape, ",")));
  }
  check_rows(file, name, shape[0], rows);
  return file.read(name);
}

at::Tensor read_labels(const hdf5::File& file, std::int64_t rows) {
  auto labels = read_table(file, "labels", at::kChar, rows, std::ssize(kCheXpertLabels));
  if (labels.defined()) check_label_names(file);
  return labels;
}

void write_labels(hdf5::File& file, const std::vector<std::int8_t>& labels) {
  constexpr auto kColumns = std::ssize(kCheXpertLabels);
  file.write("labels", at::tensor(labels, at::kChar).view({std::ssize(labels) / kColumns, kColumns}));
  file.write_attribute("labels", "names", std::vector<std::string>(kCheXpertLabels.begin(), kCheXpertLabels.end()));
}

std::map<std::string, std::string> read_set_attributes(const hdf5::File& file) {
  std::map<std::string, std::string> attributes;
  for (const auto& name : file.attributes("/")) attributes[name] = file.read_attribute("/", name);
  return attributes;
}

void check_rows(const hdf5::File& file, const std::string& name, std::int64_t found, std::int64_t rows) {
  if (found != rows) {
    throw InputError(file.path().string(), name, fmt::format("{} rows, as the set has", rows), fmt::format("{}", found));
  }
}

fs::path require_absent(fs::path path) {
  if (fs::exists(path)) throw InputError(path.string(), "", "a name that is free", "a file of that name");
  remove_temporaries_of(path);
  return path;
}

} // namespace cxr
