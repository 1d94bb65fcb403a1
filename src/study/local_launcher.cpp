#include "study/local_launcher.h"

#include <chrono>
#include <list>
#include <thread>

#include "core/error.h"
#include "core/log.h"
#include "core/signals.h"
#include "study/study_progress.h"

namespace cxr::study {
namespace {

constexpr std::chrono::milliseconds kPoll{50};

class LocalRun {
 public:
  LocalRun(StudyFolder& folder, const Selection& selection, const LocalMachine& machine, const LaunchSettings& settings)
      : folder_(folder),
        selection_(selection),
        machine_(machine),
        settings_(settings),
        free_(settings.device == "cuda" ? machine.gpus : machine.cores),
        statuses_(count()),
        is_settled_(count(), false),
        outcome_{std::vector<Ending>(count(), Ending::kSkipped), std::vector<std::string>(count())},
        progress_(std::ranges::count(selection.only, true)) {}

  Outcome run() {
    while (start_what_can() || !running_.empty()) {
      if (signals::received() && !is_stopping_) stop();
      if (!collect()) std::this_thread::sleep_for(kPoll);
      progress_.show_running(running_names());
    }
    folder_.save_digests();
    return std::move(outcome_);
  }

 private:
  struct Running {
    StepRun run;
    int cost;
  };

  std::size_t count() const { return folder_.study().steps.size(); }
  const Step& step(std::size_t i) const { return folder_.study().steps[i]; }

  int cost(const Share& share) const {
    const int all = settings_.device == "cuda" ? machine_.gpus : machine_.cores;
    if (settings_.device == "cuda") return std::clamp(share.ranks, 1, std::max(all, 1));
    return share.threads == 0 ? all : std::clamp(share.ranks * share.threads, 1, all);
  }

  /// Starts or settles whatever can be. @return whether anything was settled, so that others may now be
  bool start_what_can() {
    bool has_settled = false;
    for (const auto i : folder_.study().order) {
      if (is_settled_[i] || is_running(i)) continue;
      if (!std::ranges::all_of(step(i).needs, [&](auto need) { return is_settled_[need]; })) continue;
      has_settled |= start_or_settle(i);
    }
    return has_settled;
  }

  bool start_or_settle(std::size_t i) {
    for (const auto need : step(i).needs) {
      if (statuses_[need].state != StepState::kDone) return settle_blocked(i, step(need).name);
    }
    if (!selection_.only[i]) {
      statuses_[i] = folder_.status(i, statuses_);
      is_settled_[i] = true;
      return true;
    }
    const auto share = share_of(step(i), machine_, settings_.device);
    if (is_stopping_) {
      settle(i, Ending::kStopped, "");
      return true;
    }
    if (!running_.empty() && (cost(share) > free_ || (machine_.jobs > 0 && std::ssize(running_) >= machine_.jobs))) return false;
    statuses_[i] = folder_.status(i, statuses_);
    if (statuses_[i].state == StepState::kDone && !selection_.force[i]) {
      settle(i, Ending::kSkipped, "");
      return true;
    }
    progress_.started(step(i), statuses_[i].state);
    running_.push_back({StepRun(folder_, i, statuses_[i], share, settings_, selection_.force[i]), cost(share)});
    free_ -= running_.back().cost;
    return false;
  }

  bool settle_blocked(std::size_t i, const std::string& need) {
    if (selection_.only[i]) {
      settle(i, is_stopping_ ? Ending::kStopped : Ending::kBlocked, need + " is not done");
    } else {
      statuses_[i].state = StepState::kWaiting;
      is_settled_[i] = true;
    }
    return true;
  }

  void settle(std::size_t i, Ending ending, const std::string& why) {
    is_settled_[i] = true;
    outcome_.endings[i] = ending;
    outcome_.why[i] = why;
    if (ending == Ending::kDone) statuses_[i].state = StepState::kDone;
    if (ending != Ending::kDone && ending != Ending::kSkipped) statuses_[i].state = StepState::kWaiting;
    progress_.settled(step(i), ending, statuses_[i].record, why);
  }

  /// Takes note of the steps that ended. @return whether any did
  bool collect() {
    bool any = false;
    for (auto running = running_.begin(); running != running_.end();) {
      const auto record = running->run.poll();
      if (!record) {
        ++running;
        continue;
      }
      any = true;
      const auto i = running->run.step();
      free_ += running->cost;
      running = running_.erase(running);
      statuses_[i].record = record;
      const auto ending = record->state == RunState::kDone      ? Ending::kDone
                          : record->state == RunState::kStopped ? Ending::kStopped
                                                                : Ending::kFailed;
      settle(i, ending, record->cause);
    }
    return any;
  }

  void stop() {
    is_stopping_ = true;
    progress_.line("Stopping: the steps at work save their states");
    for (const auto& running : running_) running.run.stop();
  }

  bool is_running(std::size_t i) const {
    return std::ranges::any_of(running_, [i](const auto& running) { return running.run.step() == i; });
  }

  std::vector<std::pair<std::string, double>> running_names() const {
    std::vector<std::pair<std::string, double>> names;
    for (const auto& running : running_) names.emplace_back(step(running.run.step()).name, running.run.seconds());
    return names;
  }

  StudyFolder& folder_;
  const Selection& selection_;
  const LocalMachine& machine_;
  const LaunchSettings& settings_;
  int free_; ///< cores, or GPUs
  std::vector<StepStatus> statuses_;
  std::vector<bool> is_settled_;
  std::list<Running> running_;
  Outcome outcome_;
  StudyProgress progress_;
  bool is_stopping_ = false;
};

} // namespace

Share share_of(const Step& step, const LocalMachine& machine, const std::string& device) {
  Share share{.ranks = 1, .threads = machine.threads};
  const int fitted = device == "cuda" ? std::max(machine.gpus, 1) : 1;
  share.ranks = step.ranks(machine.ranks > 0 ? machine.ranks : fitted);
  if (share.threads == 0 && share.ranks > 1) share.threads = std::max(machine.cores / share.ranks, 1);
  return share;
}

Outcome run_locally(StudyFolder& folder, const Selection& selection, const LocalMachine& machine, const LaunchSettings& settings) {
  return LocalRun(folder, selection, machine, settings).run();
}

} // namespace cxr::study
