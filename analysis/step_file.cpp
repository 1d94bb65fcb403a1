#include "analysis/step_file.h"

#include "core/atomic_file.h"
#include "io/json.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

template <typename T>
std::optional<T> number_if_given(const JsonFile& file, const std::string& field) {
  return file.has(field) ? std::optional(file.require<T>(field)) : std::nullopt;
}

std::map<std::string, std::string> digests_of(const JsonFile& file) {
  std::map<std::string, std::string> digests;
  if (!file.has("inputs")) return digests;
  const auto inputs = file.object("inputs");
  for (const auto& [name, digest] : inputs.root().items()) {
    if (!digest.is_string()) inputs.refuse(name, "a digest", digest.type_name());
    digests[name] = digest.get<std::string>();
  }
  return digests;
}

StepFile read_step(const fs::path& path) {
  const JsonFile file(path);
  if (const auto format = file.get_or<std::string>("format", "none"); format != "cxr-step")
    file.refuse("format", "cxr-step", format);
  return {.name = file.require<std::string>("name"),
          .what = file.get_or<std::string>("what", ""),
          .command = file.require<std::vector<std::string>>("command"),
          .out = fs::path(file.get_or<std::string>("out", "")).lexically_normal(),
          .state = file.require<std::string>("state"),
          .digest = file.get_or<std::string>("digest", ""),
          .inputs = digests_of(file),
          .result_digest = file.has("result") ? file.object("result").get_or<std::string>("digest", "") : "",
          .began = file.get_or<std::string>("began", ""),
          .device = file.get_or<std::string>("device", ""),
          .host = file.get_or<std::string>("host", ""),
          .program_version = file.get_or<std::string>("program_version", ""),
          .seconds = number_if_given<double>(file, "seconds"),
          .ranks = number_if_given<std::int64_t>(file, "ranks"),
          .threads = number_if_given<std::int64_t>(file, "threads"),
          .launches = number_if_given<std::int64_t>(file, "launches"),
          .peak_memory_bytes = number_if_given<std::int64_t>(file, "peak_memory_bytes")};
}

} // namespace

std::vector<StepFile> read_steps(const fs::path& study) {
  std::vector<StepFile> steps;
  const auto folder = study / "steps";
  if (!fs::is_directory(folder)) return steps;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".json" && !is_temporary(entry.path())) steps.push_back(read_step(entry.path()));
  }
  std::ranges::sort(steps, {}, [](const StepFile& step) { return std::pair(step.began, step.name); });
  return steps;
}

} // namespace cxr
