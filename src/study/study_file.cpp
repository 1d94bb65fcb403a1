#include "study/study_file.h"

#include <sstream>

#include "core/error.h"
#include "study/selection.h"
#include "study/study_document.h"
#include "study/study_results.h"
#include "study/study_scope.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

/// The commands that work on ranks; a step of another has one process.
constexpr std::array kRankCommands = {"reconstruct", "classify", "features", "embed", "generate", "train", "fid", "diversity"};

/// A [[step]] for one of its rows.
struct Instance {
  const StepTemplate* step;
  std::size_t section;
  std::vector<const Row*> rows;
  std::string name, out, place;
};

/// All combinations of a row of each list, the last list fastest.
std::vector<std::vector<const Row*>> combinations(const StudyDocument& document, const StepTemplate& step) {
  std::vector<std::vector<const Row*>> combined = {{}};
  for (const auto& list : step.for_lists) {
    std::vector<std::vector<const Row*>> longer;
    for (const auto& rows : combined) {
      for (const auto& row : document.rows(list, step.place)) {
        longer.push_back(rows);
        longer.back().push_back(&row);
      }
    }
    combined = std::move(longer);
  }
  return combined;
}

void check_name(const std::string& file, const std::string& place, const std::string& name) {
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_'; };
  if (name.empty() || name[0] == '.' || !std::ranges::all_of(name, is_plain))
    throw InputError(file, place, "a name of letters, digits, dashes and dots", name.empty() ? "an empty one" : name);
}

void check_out(const std::string& file, const std::string& place, const std::string& out) {
  const fs::path path(out);
  if (out.empty() || path.is_absolute() || path.lexically_normal() != path || *path.begin() == "..")
    throw InputError(file, place + ", out", "a path within the study's folder", out.empty() ? "none" : out);
}

std::vector<Instance> instances(const StudyDocument& document) {
  const std::map<std::string, std::string> no_outs;
  const Scope scope(document.file, document.settings, document.inputs, no_outs);
  std::vector<Instance> list;
  std::set<std::string> names, outs;
  for (std::size_t section = 0; section < document.steps.size(); ++section) {
    const auto& step = document.steps[section];
    for (auto& rows : combinations(document, step)) {
      Instance instance{.step = &step, .section = section, .rows = std::move(rows), .name = {}, .out = {}, .place = {}};
      instance.name = scope.text(step.name, instance.rows, step.place);
      instance.place = "step " + instance.name;
      instance.out = scope.text(step.out, instance.rows, instance.place);
      check_name(document.file, step.place, instance.name);
      check_out(document.file, instance.place, instance.out);
      if (!names.insert(instance.name).second) throw InputError(document.file, step.place, "a name of its own", instance.name);
      if (!outs.insert(instance.out).second)
        throw InputError(document.file, instance.place + ", out", "a result of its own", instance.out);
      list.push_back(std::move(instance));
    }
  }
  return list;
}

/// A step's own cap, or what its command can do.
int ranks_of(const StepTemplate& step, const std::string& command) {
  if (step.max_ranks) return *step.max_ranks;
  return std::ranges::find(kRankCommands, command) != kRankCommands.end() ? 0 : 1;
}

/// A step of the graph, and whom it needs by name.
struct Named {
  Step step;
  std::set<std::string> needs, inputs;
};

Named make_step(const StudyDocument& document, const Scope& scope, const Instance& instance) {
  const auto& from = *instance.step;
  auto command =
      scope.expand(split_words(from.command, fmt::format("{}, {}", document.file, from.place)), instance.rows, instance.place);
  if (command.plain.empty()) throw InputError(document.file, instance.place + ", command", "a command of cxr", "none");
  for (const auto& name : from.after) {
    const auto other = scope.text(name, instance.rows, instance.place + ", after");
    command.used_outs.insert(other);
  }
  return {.step = {.name = instance.name,
                   .what = scope.text(from.what, instance.rows, instance.place),
                   .command = command.plain,
                   .identity = command.identity,
                   .out = instance.out,
                   .reads_results = from.reads_results,
                   .inputs = command.inputs,
                   .needs = {},
                   .max_ranks = ranks_of(from, command.plain[0]),
                   .time = from.time,
                   .section = instance.section},
          .needs = std::move(command.used_outs),
          .inputs = std::move(command.used_inputs)};
}

/// Why a step is no part of the study: what it needs is not; none if it is part of it.
std::optional<std::string> reason_to_leave_out(const StudyDocument& document, const Named& named,
                                               const std::map<std::string, std::string>& gone) {
  for (const auto& input : named.inputs) {
    if (document.inputs.at(input).path.empty()) return fmt::format("input {} is \"\"", input);
  }
  for (const auto& need : named.needs) {
    if (gone.contains(need)) return "needs " + need;
  }
  return std::nullopt;
}

/// Takes out the steps that are to be left out, those that need an input which is "", and those that need such a step.
/// @return why, by name  @throws InputError for a pattern that names no step
std::map<std::string, std::string> leave_out(const StudyDocument& document, std::vector<Named>& steps) {
  std::map<std::string, std::string> gone;
  for (const auto& pattern : document.leave_out) {
    bool is_found = false;
    for (const auto& named : steps) {
      if (!is_named_by(pattern, named.step.name)) continue;
      gone.emplace(named.step.name, "as it was asked for");
      is_found = true;
    }
    if (!is_found) throw InputError(document.file, "leave-out", "a step, or a pattern of such", pattern);
  }
  for (std::size_t before = gone.size() + 1; before != gone.size();) {
    before = gone.size();
    for (const auto& named : steps) {
      if (const auto reason = reason_to_leave_out(document, named, gone)) gone.emplace(named.step.name, *reason);
    }
  }
  std::erase_if(steps, [&](const Named& named) { return gone.contains(named.step.name); });
  return gone;
}

/// Names to numbers. @throws InputError for an `after` that names no step
void number_needs(const StudyDocument& document, std::vector<Named>& steps, const std::set<std::string>& results) {
  std::map<std::string, std::size_t> numbers;
  for (std::size_t i = 0; i < steps.size(); ++i) numbers[steps[i].step.name] = i;
  for (auto& [step, needs, inputs] : steps) {
    if (step.reads_results) needs.insert(results.begin(), results.end());
    for (const auto& need : needs) {
      const auto found = numbers.find(need);
      if (found == numbers.end())
        throw InputError(document.file, fmt::format("step {}, after", step.name), "the name of a step", need);
      step.needs.push_back(found->second);
    }
    std::ranges::sort(step.needs);
  }
}

/// Each step behind those that it needs. @throws InputError for steps that need each other in a circle
std::vector<std::size_t> order_of(const StudyDocument& document, const std::vector<Step>& steps) {
  std::vector<std::size_t> order;
  std::vector<bool> is_placed(steps.size(), false);
  while (order.size() < steps.size()) {
    const auto before = order.size();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (is_placed[i] || !std::ranges::all_of(steps[i].needs, [&](auto need) { return is_placed[need]; })) continue;
      is_placed[i] = true;
      order.push_back(i);
    }
    if (order.size() > before) continue;
    const auto stuck = static_cast<std::size_t>(std::ranges::find(is_placed, false) - is_placed.begin());
    throw InputError(document.file, "step " + steps[stuck].name, "steps before it that do not need it",
                     "steps that need each other in a circle");
  }
  return order;
}

} // namespace

StudyFile read_study_file(const fs::path& file, const Overrides& overrides) {
  const auto document = read_document(file, overrides);
  StudyFile study{.file = file,
                  .title = document.title,
                  .notice = document.notice,
                  .is_private = document.is_private,
                  .execution = document.execution,
                  .inputs = document.inputs,
                  .steps = {},
                  .order = {},
                  .left_out = {},
                  .results = {},
                  .source = document.source};
  const auto all = instances(document);
  std::map<std::string, std::string> outs;
  for (const auto& instance : all) outs[instance.name] = instance.out;
  const Scope scope(document.file, document.settings, document.inputs, outs);
  std::vector<Named> steps;
  for (const auto& instance : all) steps.push_back(make_step(document, scope, instance));
  study.left_out = leave_out(document, steps);
  const auto results = expand_results(document, scope, study.left_out);
  study.results = results.table;
  number_needs(document, steps, results.steps);
  for (auto& named : steps) study.steps.push_back(std::move(named.step));
  study.order = order_of(document, study.steps);
  return study;
}

} // namespace cxr::study
