#include "study/study_folder.h"

#include <sstream>

#include "core/atomic_file.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/timing.h"
#include "study/study_place.h"
#include "study/study_results.h"
#include "study/template_text.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

/// What was added, went or changed, in a few words; the first of several.
std::string difference(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& now) {
  for (const auto& [name, digest] : now) {
    const auto found = before.find(name);
    if (found == before.end()) return name + " is new";
    if (found->second != digest) return name + " changed";
  }
  for (const auto& [name, digest] : before) {
    if (!now.contains(name)) return name + " is no input any more";
  }
  return "its command changed";
}

} // namespace

StudyFolder::StudyFolder(const StudyFile& study, fs::path path)
    : study_(study), path_(std::move(path)), digests_(path_ / "steps" / "digests" / "files.json") {
  check_place(path_);
}

void StudyFolder::write_study() {
  make_place(path_);
  fs::create_directories(path_ / "steps" / "digests");
  fs::create_directories(path_ / "logs");
  std::ostringstream source;
  source << "# The study file as it was run, with its inputs' places: cxr study status " << path_.filename().string() << '\n'
         << toml::toml_formatter(study_.source) << '\n';
  for (const auto* name : {"source.toml", "study.toml"}) remove_temporaries_of(path_ / name); // of launches that were cut off
  write_file_atomically(path_ / "source.toml", source.str());
  write_file_atomically(path_ / "study.toml", results_toml(study_.results));
}

std::vector<StepStatus> StudyFolder::statuses() {
  std::vector<StepStatus> list(study_.steps.size());
  for (const auto step : study_.order) list[step] = status(step, list);
  return list;
}

StepStatus StudyFolder::status(std::size_t step, const std::vector<StepStatus>& of_needed) {
  StepStatus status;
  status.record = read_record(path_, study_.steps[step].name);
  for (const auto need : study_.steps[step].needs) {
    if (of_needed[need].state != StepState::kDone) {
      status.state = StepState::kWaiting;
      status.why = "after " + study_.steps[need].name;
      return status;
    }
  }
  if (!status.record) return status;
  const auto inputs = input_digests(step);
  const auto& record = *status.record;
  if (record.digest != step_digest(step, inputs)) {
    if (record.state == RunState::kSubmitted) return status;
    status.state = StepState::kStale;
    status.why = difference(record.inputs, inputs);
  } else if (record.state == RunState::kDone) {
    const auto result = result_of(step);
    const bool is_whole = result.digest == record.result.digest;
    status.state = is_whole ? StepState::kDone : StepState::kStale;
    if (!is_whole) status.why = result.digest.empty() ? record.out + " is gone" : record.out + " changed";
  } else if (record.state == RunState::kFailed) {
    status.state = StepState::kFailed;
    status.why = record.cause;
  } else {
    status.state = record.launches > 0 ? StepState::kPartial : StepState::kToDo;
  }
  return status;
}

std::map<std::string, std::string> StudyFolder::input_digests(std::size_t number) {
  std::map<std::string, std::string> digests;
  const auto& step = study_.steps[number];
  for (const auto& input : step.inputs) digests[input] = input_fingerprint(input, digests_).digest;
  for (const auto need : step.needs) digests["out." + study_.steps[need].name] = result_of(need).digest;
  return digests;
}

std::string StudyFolder::step_digest(std::size_t number, const std::map<std::string, std::string>& inputs) const {
  const auto& step = study_.steps[number];
  auto text = join_words(step.identity) + "\n" + step.out + "\n";
  for (const auto& input : step.inputs) text += inputs.at(input) + "\n"; // whatever they are called, wherever they lie
  for (const auto need : step.needs) text += inputs.at("out." + study_.steps[need].name) + "\n";
  if (step.reads_results) text += results_toml(study_.results);
  return sha256(text);
}

Fingerprint StudyFolder::result_of(std::size_t step) { return result_fingerprint(path_ / study_.steps[step].out, digests_); }

void StudyFolder::supersede(std::size_t step) {
  const auto out = path_ / study_.steps[step].out;
  if (!fs::exists(out)) return;
  const auto folder = path_ / "superseded";
  fs::create_directories(folder);
  auto target = folder / fmt::format("{}-{}", study_.steps[step].name, utc_now());
  for (int copy = 2; fs::exists(target); ++copy)
    target = folder / fmt::format("{}-{}-{}", study_.steps[step].name, utc_now(), copy);
  fs::rename(out, target);
}

fs::path StudyFolder::log_file(std::size_t step) const { return path_ / "logs" / (study_.steps[step].name + ".log"); }

const char* state_name(StepState state) {
  switch (state) {
    case StepState::kDone:
      return "done";
    case StepState::kStale:
      return "stale";
    case StepState::kToDo:
      return "to do";
    case StepState::kPartial:
      return "begun";
    case StepState::kFailed:
      return "failed";
    case StepState::kWaiting:
      return "waits";
  }
  return "";
}

} // namespace cxr::study
