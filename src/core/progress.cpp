#include "core/progress.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "core/log.h"

namespace cxr {
namespace {

constexpr double kTerminalInterval = 0.1; // s: smooth to the eye
constexpr double kLogInterval = 30;       // s: a log file stays short
constexpr int kBarWidth = 28;

} // namespace

Progress::Progress(std::string what, std::string unit, std::int64_t total, std::int64_t done, bool visible)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      done_(done),
      done_before_(done),
      visible_(visible && total > 0 && !log::is_quiet()),
      terminal_(::isatty(STDERR_FILENO) != 0) {
  if (!terminal_) next_draw_ = kLogInterval;
}

Progress::~Progress() {
  if (!visible_) return;
  draw();
  if (terminal_) std::fputc('\n', stderr);
}

void Progress::update(std::int64_t done) {
  done_ = done;
  begun_ = 0;
  draw_if_due();
}

void Progress::add_steps(std::int64_t count, const std::string& unit, double share) {
  steps_ += count;
  step_unit_ = unit;
  begun_ += share;
  draw_if_due();
}

void Progress::draw_if_due() {
  if (!visible_ || clock_.seconds() < next_draw_) return;
  next_draw_ = clock_.seconds() + (terminal_ ? kTerminalInterval : kLogInterval);
  draw();
}

void Progress::draw() {
  const double seconds = std::max(clock_.seconds(), 1e-9), done = static_cast<double>(done_) + begun_;
  const double rate = (done - static_cast<double>(done_before_)) / seconds;
  std::string tail;
  if (done_ >= total_) {
    tail = fmt::format("in {}", format_duration(clock_.seconds()));
  } else if (rate > 0) {
    tail = fmt::format("{} left", format_duration((static_cast<double>(total_) - done) / rate));
  } else {
    tail = "starting";
  }
  if (!note_.empty()) tail += ", " + note_;
  const auto counts = fmt::format("{}/{} {}", done_, total_, unit_);
  auto speed = rate > 0 ? fmt::format(", {:.3g} {}/s", rate, unit_) : std::string();
  if (steps_ > 0) speed += fmt::format(", {:.3g} {}/s", static_cast<double>(steps_) / seconds, step_unit_);
  std::string line;
  if (terminal_) {
    const int filled = static_cast<int>(kBarWidth * done / static_cast<double>(total_));
    std::string bar;
    for (int i = 0; i < kBarWidth; ++i) bar += i < filled ? "█" : "░";
    line = fmt::format("\r{} {} {}{}, {}\x1b[K", what_, bar, counts, speed, tail);
  } else {
    line = fmt::format("{}: {}{}, {}\n", what_, counts, speed, tail);
  }
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

} // namespace cxr
