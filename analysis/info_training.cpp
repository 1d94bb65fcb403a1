#include "analysis/info.h"
#include "core/atomic_file.h"
#include "io/csv.h"
#include "io/json.h"
#include "io/safetensors.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

/// The folders of a training's checkpoints, the oldest first.
std::vector<fs::path> checkpoints_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder, absent)) {
    if (!is_temporary(entry.path()) && fs::exists(entry.path() / "manifest.json")) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

Description last_loss(const fs::path& file) {
  const auto table = CsvTable::read(file);
  if (table.rows() == 0) return "no step yet";
  const auto cell = [&](const char* column) { return table.at(table.rows() - 1, table.column(column)); };
  return fmt::format("{} at step {}", cell("loss"), cell("step"));
}

} // namespace

Description describe_training_checkpoint(const fs::path& folder) {
  const JsonFile manifest(folder / "manifest.json");
  const auto format = manifest.require<std::string>("format");
  if (format != "cxr-checkpoint") manifest.refuse("format", "cxr-checkpoint", format);
  Description description = {
      {"kind", "checkpoint of a training"}, {"path", folder.string()}, {"step", manifest.require<std::int64_t>("step")}};
  const auto facts = manifest.object("facts");
  for (const auto& [name, fact] : facts.root().items()) description[name] = fact;
  auto files = Description::object();
  for (const auto& file : manifest.root().at("files")) {
    const auto name = file.at("name").get<std::string>();
    std::int64_t numbers = 0;
    const auto tensors = read_safetensors(folder / name);
    for (const auto& [key, tensor] : tensors) numbers += tensor.numel();
    files[name] = fmt::format("{} tensors of {} numbers, {} bytes", tensors.size(), numbers, file.at("bytes").get<std::int64_t>());
  }
  description["files"] = files;
  return description;
}

Description describe_training(const fs::path& folder) {
  Description description;
  auto checkpoints = Description::array();
  std::int64_t step = 0;
  for (const auto& path : checkpoints_in(folder / "checkpoints")) {
    checkpoints.push_back(path.filename().string());
    step = JsonFile(path / "manifest.json").require<std::int64_t>("step");
  }
  description["state"] = fs::exists(folder / "training.json")
                             ? fmt::format("finished, {} steps", JsonFile(folder / "training.json").require<std::int64_t>("steps"))
                             : fmt::format("not finished: the same command goes on from step {}", step);
  description["checkpoints"] = checkpoints;
  if (fs::exists(folder / "loss.csv")) description["loss"] = last_loss(folder / "loss.csv");
  return description;
}

} // namespace cxr
