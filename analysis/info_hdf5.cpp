#include <fmt/ranges.h>

#include "analysis/info.h"
#include "data/image_set.h"
#include "data/text_set.h"
#include "data/text_set_writer.h"
#include "io/hdf5.h"

namespace cxr {
namespace {

std::string kind_of(const hdf5::File& file) {
  const auto format = file.has_attribute("/", "format") ? file.read_attribute("/", "format") : "";
  if (format == "cxr-shard") return "shard";
  if (format == kTextSetFormat) return "text set";
  if (file.has("index")) return "results of a run";
  return file.has("images") && file.has("ids") ? "image set" : "HDF5 file";
}

// "uint8 [1000,512,512]", as numpy names types.
std::string type_and_shape(const hdf5::File& file, const std::string& name) {
  static const std::map<at::ScalarType, const char*> kNames = {{at::kByte, "uint8"},    {at::kChar, "int8"},
                                                               {at::kInt, "int32"},     {at::kLong, "int64"},
                                                               {at::kFloat, "float32"}, {at::kDouble, "float64"}};
  if (file.is_string(name)) return fmt::format("UTF-8 [{}]", fmt::join(file.shape(name), ","));
  const auto type = file.dtype(name);
  const auto known = kNames.find(type);
  return fmt::format("{} [{}]", known == kNames.end() ? c10::toString(type) : known->second, fmt::join(file.shape(name), ","));
}

Description attributes_of(const hdf5::File& file) {
  auto attributes = Description::object();
  for (const auto& name : file.attributes("/")) attributes[name] = file.read_attribute("/", name);
  return attributes;
}

Description label_counts(const at::Tensor& labels) {
  auto counts = Description::object();
  for (std::size_t k = 0; k < kCheXpertLabels.size(); ++k) {
    const auto column = labels.select(1, static_cast<std::int64_t>(k)); // [N]
    const auto count = [&](Label value) { return (column == static_cast<int>(value)).sum().item<std::int64_t>(); };
    counts[std::string(kCheXpertLabels[k])] =
        fmt::format("{} positive, {} negative, {} uncertain, {} not mentioned", count(kPositive), count(kNegative),
                    count(kUncertain), count(kNotMentioned));
  }
  return counts;
}

} // namespace

Description describe_hdf5(const std::filesystem::path& path) {
  const auto file = hdf5::File::open(path);
  Description description = {{"kind", kind_of(file)}, {"path", path.string()}, {"attributes", attributes_of(file)}};
  auto datasets = Description::object();
  for (const auto& name : file.datasets()) datasets[name] = type_and_shape(file, name);
  description["datasets"] = datasets;
  if (description["kind"] == "image set") {
    const ImageSet images(path);
    description["images"] = images.size();
    if (images.info().labels.defined()) description["labels"] = label_counts(images.info().labels);
  }
  if (description["kind"] == "text set") {
    const TextSet texts(path);
    description["texts"] = texts.size();
    description["code points"] = fmt::format("{:.1f} a text, at most {}", texts.lengths().to(at::kDouble).mean().item<double>(),
                                             texts.lengths().max().item<std::int64_t>());
    if (const auto labels = texts.labels(); labels.defined()) description["labels"] = label_counts(labels);
  }
  return description;
}

} // namespace cxr
