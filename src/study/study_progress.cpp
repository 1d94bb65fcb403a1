#include "study/study_progress.h"

#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include "core/log.h"
#include "core/utf8.h"

namespace cxr::study {
namespace {

constexpr double kInterval = 0.5; // s, between two drawings of the status line

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

} // namespace

StudyProgress::StudyProgress(std::int64_t total) : total_(total), terminal_(::isatty(STDERR_FILENO) != 0 && !log::is_quiet()) {}

StudyProgress::~StudyProgress() { clear(); }

void StudyProgress::clear() {
  if (has_status_) std::fputs("\r\x1b[K", stderr);
  has_status_ = false;
}

void StudyProgress::line(const std::string& text) {
  clear();
  log::info("{}", text);
}

void StudyProgress::started(const Step& step, StepState state) {
  const auto again = state == StepState::kStale ? " (again: it was stale)" : state == StepState::kPartial ? " (goes on)" : "";
  line(fmt::format("{:>9}  {}{}\n           {}", "", step.what, again, shown_command(step)));
}

void StudyProgress::settled(const Step& step, Ending ending, const std::optional<StepRecord>& record, const std::string& why) {
  ++settled_;
  const auto place = fmt::format("[{}/{}]", settled_, total_);
  const auto took = record ? format_duration(record->seconds) : std::string();
  switch (ending) {
    case Ending::kDone:
      return line(fmt::format("{:>9}  {} done in {}", place, step.name, took));
    case Ending::kSkipped:
      return line(fmt::format("{:>9}  {} is done already", place, step.name));
    case Ending::kFailed:
      return line(fmt::format("{:>9}  {} failed after {}: {}", place, step.name, took, why));
    case Ending::kStopped:
      return line(fmt::format("{:>9}  {} stopped", place, step.name));
    case Ending::kBlocked:
      return line(fmt::format("{:>9}  {} is left: {}", place, step.name, why));
  }
}

void StudyProgress::show_running(const std::vector<std::pair<std::string, double>>& running) {
  if (!terminal_ || clock_.seconds() < next_) return;
  next_ = clock_.seconds() + kInterval;
  auto text = fmt::format("{} of {} steps in {}", settled_, total_, format_duration(clock_.seconds()));
  for (const auto& [name, seconds] : running) text += fmt::format(", {} {}", name, format_duration(seconds));
  if (text.size() >= terminal_width()) text.resize(terminal_width() - 1);
  std::fprintf(stderr, "\r%s\x1b[K", text.c_str());
  std::fflush(stderr);
  has_status_ = true;
}

} // namespace cxr::study
