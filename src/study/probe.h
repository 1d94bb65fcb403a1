/// @file
/// A step's command made small enough to time: the same models on a few phantoms, for a few steps.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "study/process.h"
#include "study/workload.h"

namespace cxr::study {

/// How small.
struct ProbeSize {
  int units = 1; ///< images, texts or training steps
  int inner = 1; ///< denoising steps
};

/// What a run of a command took.
struct Measurement {
  ProbeSize size;
  double seconds = 0;
  std::int64_t peak_memory_bytes = 0, disk_bytes = 0;
};

/// Sets of phantoms in a folder, made when they are first asked for.
class ProbeData {
 public:
  /// @param run runs a command of the program in the folder and returns its exit status
  ProbeData(std::filesystem::path folder, std::function<int(const std::vector<std::string>&)> run);
  /// An image set's name; half of the images have each of two findings. @param count even
  std::string images(int count, int side, const std::vector<std::string>& findings);
  /// A text set's name, and how many texts it has: a multiple of 14, at least `count`.
  std::pair<std::string, int> texts(int count);

 private:
  std::filesystem::path folder_;
  std::function<int(const std::vector<std::string>&)> run_;
};

/// The words of a step's command at that size, without --out; none where a command is not worth timing or reads what no phantom
/// stands for. What other steps would have made is left out or replaced by phantoms: steps that then agree take the same time for a
/// unit.
/// @param size its units are raised to what can be had
std::optional<std::vector<std::string>> probe_command(const StudyFile& study, const Step& step, ProbeSize& size, ProbeData& data);

/// Names equal for steps that a probe can't tell apart.
std::string probe_kind(const StudyFile& study, const Step& step);

} // namespace cxr::study
