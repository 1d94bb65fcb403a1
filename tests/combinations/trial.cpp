#include "combinations/trial.h"

#include <algorithm>
#include <cstdlib>

#include <unistd.h>

#include "core/error.h"

namespace cxr::combinations {
namespace {

namespace fs = std::filesystem;

bool names_same_option(const std::string& one, const std::string& other) {
  return one.substr(0, one.find('=')) == other.substr(0, other.find('='));
}

/// The arguments with `more` in place of those of the same options.
std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  for (const auto& one : more) {
    std::erase_if(arguments, [&](const auto& other) { return names_same_option(one, other); });
    arguments.push_back(one);
  }
  return arguments;
}

/// What stands in `folder`, in the order in which it was made.
std::vector<fs::path> in_order(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) entries.push_back(entry.path());
  std::ranges::sort(entries);
  return entries;
}

/// What a cut in the middle would have left of a finished run. @return whether it has a middle: a training, more than its last
/// checkpoint
bool cut(const fs::path& out, Result result) {
  const auto parts = in_order(out / (result == Result::kTraining ? "checkpoints" : "shards"));
  if (result == Result::kTraining && parts.size() < 2) return false;
  for (std::size_t i = (parts.size() + 1) / 2; i < parts.size(); ++i) fs::remove_all(parts[i]);
  fs::remove(out / (result == Result::kTraining ? "training.json" : "results.h5"));
  return true;
}

/// Without what names the rank and the place.
std::string cause(std::string line, const RunPlace& place) {
  line = replaced(std::move(line), place.string(), "RUN");
  if (line.starts_with("cxr: ")) line = line.substr(5);
  if (line.starts_with("rank ")) line = line.substr(line.find(": ") + 2);
  return line;
}

/// Of the first rank that failed.
std::string failure_of(const Outcome& outcome, Communicator& ranks) {
  const auto statuses = ranks.all_gather(fmt::format("{}", outcome.status));
  const auto causes = ranks.all_gather(outcome.said);
  for (std::size_t rank = 0; rank < statuses.size(); ++rank) {
    if (statuses[rank] != "0") return fmt::format("rank {}: exit status {}: {}", rank, statuses[rank], causes[rank]);
  }
  return "";
}

} // namespace

Trials::Trials(const CommandTable& table, const Inputs& inputs, fs::path folder, std::vector<std::string> extra)
    : table_(table), inputs_(inputs), folder_(std::move(folder)), extra_(std::move(extra)) {}

std::vector<std::string> Trials::arguments(const Row& row, const std::string& name) const {
  return with(inputs_.filled(table_.arguments(row), place(name) / "out"), extra_);
}

std::string Trials::shown(const Row& row) const { return fmt::format("cxr {}{}", table_.name(), table_.shown(row)); }

void Trials::remove(const std::string& name) const {
  std::error_code ignored;
  fs::remove_all(place(name), ignored);
  fs::remove_all(undisturbed(name), ignored);
}

std::string Trials::dtype_of(const Row& row) const {
  const auto chosen = [&](const std::string& name) {
    const auto option = std::ranges::find(table_.options, name, &Option::name);
    if (option == table_.options.end()) return std::string("absent");
    return option->choices[static_cast<std::size_t>(row[static_cast<std::size_t>(option - table_.options.begin())])].name;
  };
  const auto dtype = chosen("dtype");
  return dtype == "absent" && chosen("config").ends_with("dtype.toml") ? "bfloat16" : dtype;
}

double Trials::bound(const Row& row) const {
  const auto found = table_.bounds.find(dtype_of(row));
  return found == table_.bounds.end() ? kFloat32Bound : found->second;
}

double Trials::device_bound(const Row& row) const {
  const auto dtype = dtype_of(row);
  return dtype == "bfloat16" || dtype == "float16" ? kHalfDeviceBound : kDeviceBound;
}

void Trials::prepare(const std::string& name) const {
  fs::create_directories(place(name));
  if (table_.before.empty()) return;
  const auto line = inputs_.filled(table_.before, place(name) / "out");
  if (std::system(line.c_str()) != 0) throw std::runtime_error(line + ": failed");
}

std::string Trials::launch(const std::vector<std::string>& arguments, const std::string& name, Communicator& ranks) {
  if (ranks.is_root()) prepare(name);
  ranks.barrier();
  return failure_of(run_command(arguments, ranks, place(name)), ranks);
}

std::string Trials::run(const Row& row, const std::string& name, Communicator& ranks, bool keeps_middle) {
  const bool keeps_all = keeps_middle && table_.result == Result::kTraining;
  const auto all = arguments(row, name);
  return launch(keeps_all ? with(all, {"--checkpoint-every=1", "--keep-checkpoints=1000"}) : all, name, ranks);
}

std::string Trials::compare(const Row& row, const std::string& reference, const std::string& name, Communicator& ranks,
                            bool keeps_middle) {
  if (auto failure = run(row, name, ranks, keeps_middle); !failure.empty()) return failure;
  if (!ranks.is_root()) return "";
  return extra_.empty() ? difference(table_, place(reference), place(name), bound(row))
                        : difference_on_device(table_, place(reference), place(name), device_bound(row));
}

bool Trials::take_back(const std::string& name, Communicator& ranks) {
  bool has_middle = false;
  if (ranks.is_root()) {
    fs::copy(place(name), undisturbed(name), fs::copy_options::recursive);
    has_middle = cut(place(name) / "out", table_.result);
  }
  return !ranks.broadcast(has_middle ? "yes" : "", 0).empty();
}

std::string Trials::resume(const Row& row, const std::string& name, Communicator& ranks) {
  auto failure = failure_of(run_command(arguments(row, name), ranks, place(name)), ranks);
  if (failure.empty() && ranks.is_root()) failure = difference_of_resumed(table_, undisturbed(name), place(name));
  return failure;
}

std::string Trials::effect(std::size_t option, int choice, Communicator& alone) {
  const auto& tried = table_.options[option];
  auto plain = table_.plain();
  for (const auto& [other, wanted] : tried.with) plain[table_.option(other)] = table_.choice(table_.option(other), wanted);
  auto row = plain;
  row[option] = choice;
  const auto of = fmt::format("effect-{}-{}", tried.name, choice);
  const auto base = fmt::format("plain{}-{}", std::hash<std::string>()(table_.shown(plain)), ::getpid());
  std::string wrong;
  if (!fs::exists(place(base))) wrong = run(plain, base, alone); // it serves many effects
  if (wrong.empty()) wrong = run(row, of, alone);
  for (const auto& change : tried.changes) {
    if (wrong.empty() && !has_change(table_, change, place(base), place(of))) wrong = fmt::format("does not change: {}", change);
  }
  remove(of);
  return wrong;
}

Row Trials::refused_row(const Refusal& refusal) const {
  auto row = table_.plain();
  for (const auto& [name, choices] : refusal.when) {
    const auto option = table_.option(name);
    row[option] = table_.choice(option, choices.front());
  }
  return row;
}

std::string Trials::refusal(const Refusal& refusal, Communicator& ranks) {
  const auto name = fmt::format("refused-{}", ranks.size());
  LocalCommunicator alone;
  Outcome expected;
  if (ranks.is_root()) {
    prepare(name);
    expected = run_command(arguments(refused_row(refusal), name), alone, place(name));
  }
  ranks.barrier();
  const auto found = run_command(arguments(refused_row(refusal), name), ranks, place(name));
  const auto statuses = ranks.all_gather(fmt::format("{}", found.status));
  if (!ranks.is_root()) return "";
  remove(name);
  for (std::size_t rank = 0; rank < statuses.size(); ++rank) {
    if (statuses[rank] != fmt::format("{}", int{kBadInput})) return fmt::format("rank {}: exit status {}", rank, statuses[rank]);
  }
  return wrong_in(refusal, expected, found);
}

std::string Trials::refusal_by_processes(const Refusal& refusal, int ranks, const fs::path& program) {
  const auto name = fmt::format("refused-process-{}", ranks);
  const auto run = [&](int count) {
    prepare(name);
    auto outcome = run_processes(program, count, arguments(refused_row(refusal), name), place(name));
    outcome.said = cause(std::move(outcome.said), place(name));
    remove(name);
    return outcome;
  };
  const auto expected = run(1);
  return wrong_in(refusal, expected, run(ranks));
}

std::string Trials::wrong_in(const Refusal& refusal, const Outcome& alone, const Outcome& found) const {
  const bool is_refused_alone = refusal.from_ranks == 1;
  if (is_refused_alone && alone.status != kBadInput)
    return fmt::format("1 rank: exit status {} instead of {}: {}", alone.status, int{kBadInput}, alone.said);
  if (found.status != kBadInput) return fmt::format("exit status {} instead of {}: {}", found.status, int{kBadInput}, found.said);
  if (found.said.find(refusal.says) == std::string::npos) return fmt::format("'{}' without '{}'", found.said, refusal.says);
  if (is_refused_alone && found.said != alone.said) return fmt::format("'{}' instead of one rank's '{}'", found.said, alone.said);
  return "";
}

} // namespace cxr::combinations
