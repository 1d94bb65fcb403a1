#include "analysis/run_record.h"

#include <set>

#include "analysis/run_log.h"
#include "core/digest.h"
#include "core/toml_file.h"
#include "io/hdf5.h"
#include "io/json.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

void append_values(std::vector<std::string>& values, const toml::node& node) {
  if (const auto* list = node.as_array()) {
    for (const auto& item : *list) append_values(values, item);
  } else if (const auto* text = node.as_string()) {
    values.push_back(text->get());
  } else {
    const auto flat = flatten(toml::table{{"value", node}});
    values.push_back(flat.at("value"));
  }
}

/// The configuration and the digests of a run's config.toml.
void read_configuration(const fs::path& file, RunRecord& record) {
  const auto root = read_toml(file);
  const auto* configuration = root["configuration"].as_table();
  if (record.command.empty())
    record.command = {root["command"].value_or(std::string()), "--config", (record.path / "config.toml").string()};
  if (!configuration) return;
  for (const auto& [key, node] : *configuration) {
    if (key.str() == "inputs") continue;
    record.settings.push_back({std::string(key.str()), {}});
    append_values(record.settings.back().values, node);
  }
  if (const auto* inputs = configuration->get_as<toml::table>("inputs")) {
    for (const auto& [name, digest] : *inputs) record.digests.emplace_back(name.str(), digest.value_or(std::string()));
  }
}

bool is_fact(const nlohmann::json& value) { return value.is_string() || value.is_number_integer() || value.is_boolean(); }
std::string fact_text(const nlohmann::json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// What the JSON of `cxr fid` and `cxr diversity` says of what it is of; its numbers are in the tables.
void read_facts(const fs::path& file, RunRecord& record) {
  const JsonFile json(file);
  for (const auto& [name, value] : json.root().items()) {
    if (is_fact(value)) record.settings.push_back({name, {fact_text(value)}});
    if (!value.is_object()) continue;
    for (const auto& [inner, fact] : value.items()) {
      if (is_fact(fact)) record.settings.push_back({fmt::format("{}.{}", name, inner), {fact_text(fact)}});
    }
  }
  record.result_digest = sha256_file(file);
}

/// What a set says of how it was made.
void read_attributes(const fs::path& file, RunRecord& record) {
  const auto set = hdf5::File::open(file);
  for (const auto& name : set.attributes("/")) record.settings.push_back({name, {set.read_attribute("/", name)}});
  const auto version = std::ranges::find(record.settings, "program_version", &Setting::name);
  if (version != record.settings.end()) record.program_version = version->values.front();
}

void read_log(const fs::path& file, RunRecord& record) {
  const auto log = read_run_log(file);
  record.began = log.began;
  record.ranks = log.ranks;
  record.launches = log.launches;
  record.seconds = log.seconds;
}

/// What a step says, which is more exact than the run's own files.
void take(const StepFile& step, RunRecord& record) {
  record.what = step.what;
  record.command = step.command;
  for (const auto& [name, digest] : step.inputs) record.digests.emplace_back(name, digest);
  record.result_digest = step.result_digest;
  record.began = step.began;
  record.device = step.device;
  record.host = step.host;
  record.program_version = step.program_version;
  record.seconds = step.seconds;
  record.ranks = step.ranks;
  record.threads = step.threads;
  record.launches = step.launches;
}

std::string seed_of(const RunRecord& record) {
  for (const auto& setting : record.settings) {
    if (setting.name == "seed") return fmt::format("{}", fmt::join(setting.values, ", "));
  }
  const auto option = std::ranges::find(record.command, "--seed");
  return option == record.command.end() || option + 1 == record.command.end() ? "" : *(option + 1);
}

RunRecord read_record(const fs::path& path, const StepFile* step) {
  RunRecord record;
  record.path = path;
  if (fs::exists(path / "log.jsonl")) read_log(path / "log.jsonl", record);
  if (path.extension() == ".json") read_facts(path, record);
  if (path.extension() == ".h5" && fs::is_regular_file(path)) read_attributes(path, record);
  if (step) take(*step, record);
  if (fs::exists(path / "config.toml")) read_configuration(path / "config.toml", record);
  record.seed = seed_of(record);
  return record;
}

} // namespace

RunRecords::RunRecords(const fs::path& study, std::vector<StepFile> steps)
    : study_(fs::weakly_canonical(study)), steps_(std::move(steps)) {}

std::size_t RunRecords::add(const fs::path& path) {
  const auto canonical = fs::weakly_canonical(path);
  const auto found = std::ranges::find(records_, canonical, &RunRecord::path);
  if (found != records_.end()) return static_cast<std::size_t>(found - records_.begin());
  const auto number = records_.size();
  records_.push_back(read_record(canonical, step_of(canonical)));
  add_inputs(number);
  return number;
}

std::vector<std::size_t> RunRecords::with_inputs(std::size_t record) const {
  std::vector<std::size_t> order;
  std::set<std::size_t> seen;
  const auto visit = [&](const auto& self, std::size_t number) -> void {
    if (!seen.insert(number).second) return;
    for (const auto input : records_[number].inputs) self(self, input);
    order.push_back(number);
  };
  visit(visit, record);
  return order;
}

const StepFile* RunRecords::step_of(const fs::path& path) const {
  const auto found = std::ranges::find_if(
      steps_, [&](const StepFile& step) { return !step.out.empty() && fs::weakly_canonical(study_ / step.out) == path; });
  return found == steps_.end() ? nullptr : &*found;
}

fs::path RunRecords::result_of(const fs::path& path) const {
  const auto inside = path.lexically_relative(study_);
  if (inside.empty() || *inside.begin() == ".." || *inside.begin() == ".") return {};
  for (auto result = path; result != study_; result = result.parent_path()) {
    if (step_of(result) || fs::exists(result / "config.toml")) return result;
  }
  const bool is_single_file = path.extension() == ".json" || path.extension() == ".h5"; // of measures, a set
  return is_single_file && fs::is_regular_file(path) ? path : fs::path();
}

void RunRecords::add_inputs(std::size_t record) {
  auto texts = records_[record].command;
  for (const auto& setting : records_[record].settings) texts.insert(texts.end(), setting.values.begin(), setting.values.end());
  std::set<std::size_t> inputs;
  for (const auto& text : texts) {
    if (text.find('/') == std::string::npos && text.find('.') == std::string::npos) continue; // cheap: most are no paths
    const auto result = result_of(fs::weakly_canonical(study_ / text));
    if (!result.empty() && result != records_[record].path) inputs.insert(add(result));
  }
  records_[record].inputs.assign(inputs.begin(), inputs.end());
}

} // namespace cxr
