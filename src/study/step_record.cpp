#include "study/step_record.h"

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "io/json.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFormat = "cxr-step";
constexpr std::int64_t kVersion = 1;
const std::map<RunState, std::string> kStates = {{RunState::kSubmitted, "submitted"},
                                                 {RunState::kStarted, "started"},
                                                 {RunState::kDone, "done"},
                                                 {RunState::kFailed, "failed"},
                                                 {RunState::kStopped, "stopped"}};

RunState state_of(const JsonFile& file) {
  const auto text = file.require<std::string>("state");
  for (const auto& [state, name] : kStates) {
    if (name == text) return state;
  }
  file.refuse("state", "submitted, started, done, failed or stopped", text);
}

} // namespace

StepRecord new_record(const Step& step) {
  StepRecord record;
  record.name = step.name;
  record.what = step.what;
  record.out = step.out;
  record.log = fmt::format("logs/{}.log", step.name);
  record.command = step.command;
  return record;
}

fs::path record_file(const fs::path& study, const std::string& step) { return study / "steps" / (step + ".json"); }

std::optional<StepRecord> read_record(const fs::path& study, const std::string& step) {
  const auto path = record_file(study, step);
  if (!fs::exists(path)) return std::nullopt;
  const JsonFile file(path);
  if (const auto format = file.get_or<std::string>("format", "another file"); format != kFormat)
    file.refuse("format", kFormat, format);
  if (const auto version = file.require<std::int64_t>("version"); version != kVersion)
    file.refuse("version", fmt::format("{}", kVersion), fmt::format("{}", version));
  const auto result = file.object("result");
  StepRecord record{.name = file.require<std::string>("name"),
                    .what = file.require<std::string>("what"),
                    .out = file.require<std::string>("out"),
                    .log = file.require<std::string>("log"),
                    .command = file.require<std::vector<std::string>>("command"),
                    .state = state_of(file),
                    .digest = file.require<std::string>("digest"),
                    .inputs = {},
                    .result = {result.require<std::string>("digest"), result.require<std::int64_t>("bytes")},
                    .began = file.require<std::string>("began"),
                    .ended = file.require<std::string>("ended"),
                    .host = file.require<std::string>("host"),
                    .device = file.require<std::string>("device"),
                    .program_version = file.require<std::string>("program_version"),
                    .seconds = file.require<double>("seconds"),
                    .launches = static_cast<int>(file.require<std::int64_t>("launches")),
                    .ranks = static_cast<int>(file.require<std::int64_t>("ranks")),
                    .threads = static_cast<int>(file.require<std::int64_t>("threads")),
                    .exit_status = static_cast<int>(file.require<std::int64_t>("exit_status")),
                    .peak_memory_bytes = file.require<std::int64_t>("peak_memory_bytes"),
                    .job = file.get_or<std::string>("job", ""),
                    .cause = file.get_or<std::string>("cause", "")};
  const auto inputs = file.object("inputs");
  for (const auto& [name, digest] : inputs.root().items()) record.inputs[name] = digest.get<std::string>();
  return record;
}

void write_record(const fs::path& study, const StepRecord& record) {
  nlohmann::ordered_json json = {{"format", kFormat},
                                 {"version", kVersion},
                                 {"name", record.name},
                                 {"what", record.what},
                                 {"command", record.command},
                                 {"out", record.out},
                                 {"state", kStates.at(record.state)},
                                 {"digest", record.digest},
                                 {"inputs", nlohmann::json(record.inputs)},
                                 {"result", {{"digest", record.result.digest}, {"bytes", record.result.bytes}}},
                                 {"began", record.began},
                                 {"ended", record.ended},
                                 {"seconds", record.seconds},
                                 {"launches", record.launches},
                                 {"ranks", record.ranks},
                                 {"threads", record.threads},
                                 {"device", record.device},
                                 {"host", record.host},
                                 {"program_version", record.program_version},
                                 {"peak_memory_bytes", record.peak_memory_bytes},
                                 {"exit_status", record.exit_status},
                                 {"log", record.log}};
  if (!record.job.empty()) json["job"] = record.job;
  if (!record.cause.empty()) json["cause"] = record.cause;
  if (record.inputs.empty()) json["inputs"] = nlohmann::json::object();
  fs::create_directories(study / "steps");
  write_file_atomically(record_file(study, record.name), json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

} // namespace cxr::study
