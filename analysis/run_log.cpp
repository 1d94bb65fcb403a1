#include "analysis/run_log.h"

#include <ctime>
#include <fstream>
#include <iomanip>
#include <sstream>

#include <nlohmann/json.hpp>

namespace cxr {
namespace {

std::optional<std::time_t> utc_time(const std::string& text) {
  std::tm utc{};
  std::istringstream stream(text);
  stream >> std::get_time(&utc, "%Y-%m-%dT%H:%M:%SZ");
  return stream.fail() ? std::nullopt : std::optional(timegm(&utc));
}

} // namespace

RunLog read_run_log(const std::filesystem::path& file) {
  RunLog log;
  std::ifstream lines(file);
  std::time_t last = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object() || !event.contains("time") || !event.at("time").is_string()) continue;
    const auto text = event.at("time").get<std::string>();
    const auto time = utc_time(text);
    if (!time) continue;
    if (event.value("event", nlohmann::json()) == "start") {
      if (log.began.empty()) log.began = text;
      if (event.contains("ranks") && event.at("ranks").is_number_integer()) log.ranks = event.at("ranks").get<std::int64_t>();
      log.launches = log.launches.value_or(0) + 1;
    } else if (log.launches) {
      log.seconds = log.seconds.value_or(0) + std::difftime(*time, last);
    }
    last = *time;
  }
  return log;
}

} // namespace cxr
