/// @file
/// Tries the program's options in combinations, on several numbers of ranks:
///
///     mpirun -n 3 cxr_combinations --program build/cxr --commands "train unet" generate
///     mpirun -n 4 cxr_combinations --program build/cxr --random 500 --seed 7
///     mpirun -n 2 cxr_combinations_on_simulated_gpu --program build/cxr --device cuda
///
/// The first tries every two choices of every two options, every effect and every refusal; the second larger combinations, drawn at
/// random; the third compares with the processor.
///
/// What is tried is in tables/. Each row runs on one rank, then on a larger number, and is compared; trainings and sharded runs are
/// also taken back to their middle and resumed. The number of ranks is a factor like the options: each choice meets each number.
/// With --every-number each row runs on each number that was launched.
#include <chrono>
#include <cstdio>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "app/program.h"
#include "combinations/rank_groups.h"
#include "combinations/trial.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/signals.h"
#include "dist/mpi_session.h"
#include "nn/large_blocks.h"
#include "support/temporary_folder.h"

namespace cxr::combinations {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLongest{120}; ///< that a trial may take before it counts as hung

struct Options {
  fs::path tables = CXR_SOURCE_DIR "/tests/combinations/tables", inputs = CXR_SOURCE_DIR "/tests/combinations/inputs.toml", program,
           work;
  std::vector<std::string> commands;
  std::string device;
  std::int64_t random = 0;
  std::uint64_t seed = 2022;
  bool every_number = false, verbose = false;
};

/// Ends all ranks where a trial takes too long: it hangs in a collective that another rank left.
class Deadline {
 public:
  Deadline() : thread_([this](std::stop_token stop) { watch(stop); }) {}
  void begin(std::string what) {
    const std::lock_guard lock(mutex_);
    what_ = std::move(what);
    began_ = std::chrono::steady_clock::now();
  }
  void end() { begin(""); }

 private:
  void watch(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      const std::lock_guard lock(mutex_);
      if (what_.empty() || std::chrono::steady_clock::now() - began_ < kLongest) continue;
      fmt::print(stderr, "FAILED (hangs): {}\n", what_);
      MpiSession::abort(kFailed);
    }
  }
  std::mutex mutex_;
  std::string what_;
  std::chrono::steady_clock::time_point began_;
  std::jthread thread_;
};

struct Tally {
  std::int64_t pairs = 0, impossible = 0, rows = 0, runs = 0, resumes = 0, effects = 0, refusals = 0;
  std::vector<std::string> failures;
};

class Combinations {
 public:
  Combinations(const Options& options, std::vector<CommandTable> tables, fs::path work)
      : options_(options),
        tables_(std::move(tables)),
        work_(std::move(work)),
        inputs_(options.inputs, work_ / "in", options.program) {
    for (int size = 1; size <= world().size(); ++size) groups_.push_back(std::make_unique<RankGroups>(size));
    if (options_.device.empty()) return;
    extra_ = {"--device=" + options_.device};
    std::erase_if(tables_, [](const CommandTable& table) { // what has no device, or starts others that have
      return std::ranges::find(table.options, "device", &Option::name) == table.options.end() || table.words.front() == "study";
    });
  }

  /// @return how many trials failed, on every rank
  std::int64_t run() {
    if (options_.random > 0) {
      try_random();
      return report("random combinations", tally_);
    }
    std::int64_t failed = 0;
    for (const auto& table : tables_) {
      tally_ = {};
      const auto began = std::chrono::steady_clock::now();
      try_pairs(table);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      failed += report(fmt::format("{}: {:.0f} s", table.name(), took.count()), tally_);
    }
    return failed;
  }

 private:
  bool on_device() const { return !options_.device.empty(); }

  /// One trial; what is wrong is kept by the first rank of those that tried.
  template <typename Try>
  void attempt(const std::string& what, const Communicator& ranks, Try&& trial) {
    deadline_.begin(what);
    if (options_.verbose && ranks.is_root()) fmt::print(stderr, "{}\n", what);
    const auto began = std::chrono::steady_clock::now();
    std::string wrong;
    try {
      wrong = trial();
    } catch (const std::exception& error) {
      wrong = error.what();
    }
    deadline_.end();
    if (!ranks.is_root()) return;
    ++tally_.runs;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    if (options_.verbose) fmt::print(stderr, "  {:.2f} s\n", took.count());
    if (!wrong.empty()) tally_.failures.push_back(fmt::format("{}: {}", what, wrong));
  }

  void make_inputs(const CommandTable& table) {
    if (world().is_root()) {
      for (const auto& option : table.options) {
        for (const auto& choice : option.choices) inputs_.make_for(choice.arguments);
      }
      inputs_.make_for({table.before});
    }
    wait_for_all();
  }

  void try_pairs(const CommandTable& table) {
    make_inputs(table);
    const auto found = pairwise_rows(
        factors(table), [&](const Row& row) { return table.is_allowed(row, most_ranks_of(table, row)); }, options_.seed);
    tally_.pairs = found.pairs, tally_.impossible = found.impossible, tally_.rows = std::ssize(found.rows);
    const auto folder = work_ / table.file.stem();
    if (!on_device()) try_effects(table, folder);
    on_one_rank(table, found.rows, folder);
    for (int size = on_device() ? 1 : 2; size <= most_ranks(table); ++size) on_several(table, found.rows, folder, size);
    if (!on_device()) resume_alone(table, found.rows, folder);
    if (world().is_root()) fs::remove_all(folder);
  }

  /// The table's options, and after them the numbers of ranks, from two on.
  std::vector<int> factors(const CommandTable& table) const {
    auto values = table.values();
    if (!runs_on_every_number(table)) values.push_back(most_ranks(table) - 1);
    return values;
  }
  bool runs_on_every_number(const CommandTable& table) const {
    return options_.every_number || on_device() || most_ranks(table) < 3;
  }
  /// What refusals go by. A row whose number is still open may yet become one of the fewest.
  int most_ranks_of(const CommandTable& table, const Row& row) const {
    if (runs_on_every_number(table)) return most_ranks(table);
    return row.back() == kOpen ? 2 : row.back() + 2;
  }
  bool runs_on(const CommandTable& table, const Row& row, int size) const {
    return runs_on_every_number(table) || row.back() + 2 == size;
  }

  int most_ranks(const CommandTable& table) const { return table.on_ranks ? world().size() : 1; }

  void try_effects(const CommandTable& table, const fs::path& folder) {
    auto& alone = groups_[0]->ranks();
    Trials trials(table, inputs_, folder);
    std::int64_t number = 0;
    const auto is_mine = [&] { return number++ % groups_[0]->count() == groups_[0]->mine(); };
    for (std::size_t option = 0; option < table.options.size(); ++option) {
      const auto& tried = table.options[option];
      for (int choice = 1; choice < static_cast<int>(tried.choices.size()) && !tried.changes.empty(); ++choice) {
        ++tally_.effects;
        if (!is_mine()) continue;
        attempt(fmt::format("cxr {} --{}={}", table.name(), tried.name, tried.choices[static_cast<std::size_t>(choice)].name),
                alone, [&] { return trials.effect(option, choice, alone); });
      }
    }
    wait_for_all();
    try_refusals(table, folder);
  }

  /// On two ranks and on more by turns, or on one where the first does the work alone; a table's first refusal also as processes on
  /// several ranks.
  void try_refusals(const CommandTable& table, const fs::path& folder) {
    Trials trials(table, inputs_, folder);
    int turn = 0;
    for (const auto& refusal : table.all_refusals()) {
      const int most = most_ranks(table);
      const int several = std::max(refusal.from_ranks, most - (most > 2 ? turn % 2 : 0)), size = table.first_rank ? 1 : several;
      const auto what = trials.shown(trials.refused_row(refusal)) + ", refused";
      auto& groups = *groups_[static_cast<std::size_t>(size - 1)];
      if (groups.mine() == 0) {
        attempt(fmt::format("{} on {} ranks", what, size), groups.ranks(), [&] { return trials.refusal(refusal, groups.ranks()); });
      }
      if (turn == 0 && world().is_root()) {
        attempt(fmt::format("{} by {} processes", what, several), groups_[0]->ranks(),
                [&] { return trials.refusal_by_processes(refusal, several, options_.program); });
      }
      ++turn, ++tally_.refusals;
    }
    wait_for_all();
  }

  static std::string place_of(std::size_t row, const std::string& kind) { return fmt::format("row-{}-{}", row, kind); }

  /// The reference: each row on one rank, on the processor.
  void on_one_rank(const CommandTable& table, const std::vector<Row>& rows, const fs::path& folder) {
    auto& alone = groups_[0]->ranks();
    Trials trials(table, inputs_, folder);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (static_cast<int>(i) % groups_[0]->count() != groups_[0]->mine()) continue;
      attempt(trials.shown(rows[i]) + " on 1 rank", alone,
              [&] { return trials.run(rows[i], place_of(i, "1"), alone, is_resumed(table, i, 1)); });
    }
    wait_for_all();
  }

  void on_several(const CommandTable& table, const std::vector<Row>& rows, const fs::path& folder, int size) {
    auto& groups = *groups_[static_cast<std::size_t>(size - 1)];
    Trials trials(table, inputs_, folder, extra_);
    int number = 0;
    for (std::size_t i = 0; i < rows.size() && groups.mine() >= 0; ++i) {
      if (!runs_on(table, rows[i], size)) continue;
      if (number++ % groups.count() == groups.mine()) against_one_rank(trials, table, rows[i], folder, i, groups.ranks());
    }
    wait_for_all();
  }

  void against_one_rank(Trials& trials, const CommandTable& table, const Row& row, const fs::path& folder, std::size_t i,
                        Communicator& ranks) {
    const auto reference = place_of(i, "1"), name = place_of(i, fmt::format("{}{}", ranks.size(), options_.device));
    const auto on = fmt::format(" on {} ranks{}", ranks.size(), on_device() ? " of " + options_.device : "");
    if (!fs::exists(folder / reference / "stdout")) return;
    const bool to_resume = is_resumed(table, i, ranks.size());
    attempt(trials.shown(row) + on, ranks, [&] { return trials.compare(row, reference, name, ranks, to_resume); });
    if (to_resume) resume(trials, row, name, ranks);
    ranks.barrier();
    if (ranks.is_root()) trials.remove(name);
    ranks.barrier();
  }

  /// Last of all: the runs on one rank are what the others are compared with.
  void resume_alone(const CommandTable& table, const std::vector<Row>& rows, const fs::path& folder) {
    auto& alone = groups_[0]->ranks();
    Trials trials(table, inputs_, folder);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (static_cast<int>(i) % groups_[0]->count() == groups_[0]->mine() && is_resumed(table, i, 1)) {
        resume(trials, rows[i], place_of(i, "1"), alone);
      }
    }
    wait_for_all();
  }

  void resume(Trials& trials, const Row& row, const std::string& name, Communicator& ranks) {
    if (!trials.take_back(name, ranks)) return;
    if (ranks.is_root()) ++tally_.resumes;
    attempt(fmt::format("{} on {} ranks, resumed", trials.shown(row), ranks.size()), ranks,
            [&] { return trials.resume(row, name, ranks); });
  }

  /// A third of the rows on one rank, another third on several: a training keeps checkpoints for it that the row does not ask for.
  static bool is_resumed(const CommandTable& table, std::size_t row, int ranks) {
    const bool has_middle = table.result == Result::kTraining || table.result == Result::kResults;
    return table.on_ranks && has_middle && row % 3 == (ranks == 1 ? 0 : 1);
  }

  void try_random() {
    for (const auto& table : tables_) make_inputs(table);
    std::mt19937_64 random(options_.seed);
    for (std::int64_t i = 0; i < options_.random; ++i) {
      const auto& table = tables_[random() % tables_.size()];
      const int size = 1 + static_cast<int>(random() % static_cast<std::uint64_t>(most_ranks(table)));
      const auto row = random_row(
          table.values(), [&](const Row& each) { return table.is_allowed(each, size); }, random());
      const auto folder = work_ / "random";
      const auto number = static_cast<std::size_t>(i);
      Trials alone(table, inputs_, folder), trials(table, inputs_, folder, extra_);
      if (groups_[0]->mine() == 0) {
        attempt(alone.shown(row) + " on 1 rank", groups_[0]->ranks(),
                [&] { return alone.run(row, place_of(number, "1"), groups_[0]->ranks(), is_resumed(table, number, 1)); });
      }
      wait_for_all();
      auto& groups = *groups_[static_cast<std::size_t>(size - 1)];
      if (size == 1 && !on_device()) {
        if (groups.mine() == 0 && is_resumed(table, number, 1)) {
          resume(alone, row, place_of(number, "1"), groups.ranks());
        }
      } else if (groups.mine() == 0) {
        against_one_rank(trials, table, row, folder, number, groups.ranks());
      }
      wait_for_all();
      if (world().is_root()) fs::remove_all(folder);
      ++tally_.rows;
    }
  }

  static std::int64_t report(const std::string& what, const Tally& tally) {
    std::string mine;
    for (const auto& failure : tally.failures) mine += "FAILED: " + failure + "\n";
    const auto failures = world().all_gather(mine);
    const auto sums = world().all_reduce_sum(
        {static_cast<double>(tally.runs), static_cast<double>(tally.failures.size()), static_cast<double>(tally.resumes)});
    if (world().is_root()) {
      fmt::print("{}: {} pairs in {} rows, {} effects, {} refusals, {} resumed, {} trials, {} failed\n", what, tally.pairs,
                 tally.rows, tally.effects, tally.refusals, static_cast<std::int64_t>(sums[2]), static_cast<std::int64_t>(sums[0]),
                 static_cast<std::int64_t>(sums[1]));
      if (tally.impossible > 0) fmt::print("  {} pairs stand in no allowed row\n", tally.impossible);
      for (const auto& text : failures) fmt::print("{}", text);
      std::fflush(stdout);
    }
    return static_cast<std::int64_t>(sums[1]);
  }

  const Options& options_;
  std::vector<CommandTable> tables_;
  fs::path work_;
  Inputs inputs_;
  std::vector<std::unique_ptr<RankGroups>> groups_; ///< of 1, 2, … ranks
  std::vector<std::string> extra_;
  Tally tally_;
  Deadline deadline_;
};

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app("Tries the program's options in combinations");
  app.add_option("--commands", options.commands, "commands to try; by default all");
  app.add_option("--tables", options.tables, "folder of the tables");
  app.add_option("--inputs", options.inputs, "how inputs are made");
  app.add_option("--program", options.program, "cxr, for what needs a process of its own")->required();
  app.add_option("--random", options.random, "this number of random combinations in place of pairs");
  app.add_option("--seed", options.seed, "seed of rows and random combinations");
  app.add_option("--device", options.device, "a device, whose runs are compared with those on the processor");
  app.add_option("--work", options.work, "folder that stays, in place of a temporary one");
  app.add_flag("--every-number", options.every_number, "each row on each number of ranks, in place of one of them");
  app.add_flag("--verbose", options.verbose, "a line per trial");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    throw InputError("cxr_combinations", "", "options that --help lists", error.what());
  }
  options.program = fs::absolute(options.program);
  return options;
}

int run(int argc, char** argv) {
  const auto options = parse(argc, argv);
  auto tables = read_tables(options.tables, Program().commands(), options.commands);
  std::optional<test::TemporaryFolder> temporary;
  if (world().is_root() && options.work.empty()) {
    if (const char* memory = std::getenv("CXR_TEST_FOLDER"); memory && fs::is_directory(memory)) ::setenv("TMPDIR", memory, 1);
    temporary.emplace();
  }
  const fs::path work = world().broadcast(world().is_root() ? (temporary ? temporary->path() : options.work).string() : "", 0);
  const auto failed = Combinations(options, std::move(tables), work).run();
  wait_for_all();
  return failed == 0 ? kDone : kFailed;
}

} // namespace
} // namespace cxr::combinations

int main(int argc, char** argv) {
  cxr::keep_freed_memory();
  cxr::nn::keep_tensor_memory();
  int status = cxr::kFailed;
  try {
    const cxr::MpiSession session(&argc, &argv);
    cxr::signals::install();
    status = cxr::combinations::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    cxr::MpiSession::abort(cxr::kFailed);
  }
  return status;
}
