#include "study/slurm_time.h"

#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace cxr::study {
namespace {

constexpr double kMinute = 60, kHour = 3600, kDay = 86400;

/// The numbers of "1:30:00"; none if it is anything else.
std::optional<std::vector<double>> numbers_of(const std::string& text) {
  std::vector<double> numbers;
  const char *at = text.data(), *const end = at + text.size();
  for (;;) {
    unsigned number = 0;
    const auto read = std::from_chars(at, end, number);
    if (read.ec != std::errc()) return std::nullopt;
    numbers.push_back(number);
    if (read.ptr == end) return numbers;
    if (*read.ptr != ':') return std::nullopt;
    at = read.ptr + 1;
  }
}

} // namespace

std::optional<double> seconds_of_slurm_time(const std::string& text) {
  const auto dash = text.find('-');
  const bool has_days = dash != std::string::npos;
  const auto days = has_days ? numbers_of(text.substr(0, dash)) : std::vector<double>{0};
  const auto parts = numbers_of(has_days ? text.substr(dash + 1) : text);
  if (!days || days->size() != 1 || !parts || parts->size() > 3) return std::nullopt;
  // Behind days the first number is hours; else one or two numbers begin with minutes.
  double unit = has_days || parts->size() == 3 ? kHour : kMinute, seconds = days->front() * kDay;
  for (const auto part : *parts) {
    seconds += part * unit;
    unit /= 60;
  }
  return seconds;
}

std::string slurm_time(double seconds) {
  const auto minutes = static_cast<long>(std::ceil(seconds / kMinute));
  return fmt::format("{:02}:{:02}:00", minutes / 60, minutes % 60);
}

} // namespace cxr::study
