#include "combinations/trial.h"

#include <algorithm>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "support/file_bytes.h"

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

/// What a cut after checkpoint or sample `kept` would have left of a finished run.
void take_back(const fs::path& out, Result result) {
  if (result == Result::kTraining) {
    std::vector<fs::path> checkpoints;
    for (const auto& entry : fs::directory_iterator(out / "checkpoints")) checkpoints.push_back(entry.path());
    std::ranges::sort(checkpoints);
    for (std::size_t i = (checkpoints.size() + 1) / 2; i < checkpoints.size(); ++i) fs::remove_all(checkpoints[i]);
    fs::remove(out / "training.json");
    return;
  }
  fs::remove(out / "results.h5");
  std::vector<fs::path> shards;
  for (const auto& entry : fs::directory_iterator(out / "shards")) shards.push_back(entry.path());
  std::ranges::sort(shards);
  if (shards.size() > 1) fs::remove(shards.back());
}

std::string quoted(const std::string& word) { return "'" + replaced(word, "'", "'\\''") + "'"; }

/// Without what names the rank and the place.
std::string cause(std::string line, const RunPlace& place) {
  line = replaced(std::move(line), place.string(), "RUN");
  if (line.starts_with("cxr: ")) line = line.substr(5);
  if (line.starts_with("rank ")) line = line.substr(line.find(": ") + 2);
  return line;
}

/// The first line of the program's own on standard error.
std::string said(const fs::path& file) {
  const auto text = test::file_bytes(file);
  const auto at = text.starts_with("cxr: ") ? 0 : text.find("\ncxr: ");
  if (at == std::string::npos) return text;
  const auto begin = text.find("cxr: ", at);
  return text.substr(begin, text.find('\n', begin) - begin);
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
  const auto outcome = run_command(arguments, ranks, place(name));
  const auto statuses = ranks.all_gather(fmt::format("{}", outcome.status));
  const auto causes = ranks.all_gather(outcome.said);
  for (std::size_t rank = 0; rank < statuses.size(); ++rank) {
    if (statuses[rank] != "0") return fmt::format("rank {}: exit status {}: {}", rank, statuses[rank], causes[rank]);
  }
  return "";
}

std::string Trials::run(const Row& row, const std::string& name, Communicator& ranks) {
  return launch(arguments(row, name), name, ranks);
}

std::string Trials::compare(const Row& row, const std::string& reference, const std::string& name, Communicator& ranks) {
  if (auto failure = run(row, name, ranks); !failure.empty()) return failure;
  if (!ranks.is_root()) return "";
  return extra_.empty() ? difference(table_, place(reference), place(name), bound(row))
                        : difference_on_device(table_, place(reference), place(name), device_bound(row));
}

std::string Trials::resume(const Row& row, const std::string& reference, const std::string& name, Communicator& ranks) {
  const auto all = arguments(row, name);
  const auto first = table_.result == Result::kTraining ? with(all, {"--checkpoint-every=1", "--keep-checkpoints=1000"}) : all;
  if (auto failure = launch(first, name, ranks); !failure.empty()) return "at first: " + failure;
  if (ranks.is_root()) take_back(place(name) / "out", table_.result);
  if (auto failure = launch(all, name, ranks); !failure.empty()) return "going on: " + failure;
  if (!ranks.is_root()) return "";
  const auto other = difference_of_resumed(table_, place(reference), place(name));
  return other.empty() ? "" : "resumed: " + other;
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

// The launched ranks' own variables would make the process one of them.
std::string Trials::launch_process(const std::vector<std::string>& arguments, const std::string& name, int ranks,
                                   const fs::path& program, int& status) const {
  prepare(name);
  std::string line =
      "env $(env | sed -n "
      "'s/"
      "^\\(OMPI_COMM[^=]*\\|PMIX_[^=]*\\|PRTE_[^=]*\\|OMPI_[A-Z_]*\\|OMPI_MCA_\\(orte\\|ess\\|pmix\\|shmem\\|initial\\)[^=]*\\)=.*/"
      "-u \\1/p') ";
  line +=
      "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 "
      "OMPI_MCA_hwloc_base_binding_policy=none ";
  if (ranks > 1) line += fmt::format("mpirun -np {} ", ranks);
  line += quoted(program.string());
  for (const auto& argument : arguments) line += " " + quoted(argument);
  const auto file = place(name) / "stderr";
  line += fmt::format(" >{} 2>{} </dev/null", quoted((place(name) / "stdout").string()), quoted(file.string()));
  const int code = std::system(line.c_str());
  status = WIFEXITED(code) ? WEXITSTATUS(code) : kFailed;
  return cause(said(file), place(name));
}

std::string Trials::refusal(const Refusal& refusal, const std::vector<int>& ranks, const fs::path& program) {
  const auto row = refused_row(refusal);
  std::string first;
  for (const auto count : ranks) {
    if (count < refusal.from_ranks) continue;
    const auto name = fmt::format("refused-{}-{}", ::getpid(), count);
    int status = kDone;
    const auto found = launch_process(arguments(row, name), name, count, program, status);
    remove(name);
    if (status != kBadInput) return fmt::format("{} ranks: exit status {} instead of {}: {}", count, status, int{kBadInput}, found);
    if (found.find(refusal.says) == std::string::npos)
      return fmt::format("{} ranks: '{}' without '{}'", count, found, refusal.says);
    if (first.empty()) first = found;
    if (found != first) return fmt::format("{} ranks: '{}' instead of '{}'", count, found, first);
  }
  return "";
}

} // namespace cxr::combinations
