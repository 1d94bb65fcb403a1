#include "app/verification.h"

#include <algorithm>

#include "analysis/info.h"
#include "app/run_inputs.h"
#include "core/atomic_file.h"
#include "core/digest.h"
#include "core/digest_list.h"
#include "core/error.h"
#include "core/signals.h"
#include "core/toml_file.h"
#include "data/image_set.h"
#include "data/image_set_writer.h"
#include "data/origin.h"
#include "data/text_set.h"
#include "data/text_set_writer.h"
#include "io/hdf5.h"
#include "study/fingerprint.h"
#include "study/step_record.h"
#include "training/checkpoints.h"
#include "training/loss_log.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBytesAtOnce = 64 << 20;
constexpr std::int64_t kStringsAtOnce = 8192;

// HDF5 compares its checksums as it reads.
void read_all(const hdf5::File& file, const std::string& name) {
  const auto shape = file.shape(name);
  const auto rows = shape.empty() ? 0 : shape[0];
  std::int64_t step = kStringsAtOnce;
  if (!file.is_string(name)) {
    auto row_bytes = static_cast<std::int64_t>(c10::elementSize(file.dtype(name)));
    for (std::size_t d = 1; d < shape.size(); ++d) row_bytes *= shape[d];
    step = std::max<std::int64_t>(1, kBytesAtOnce / std::max<std::int64_t>(1, row_bytes));
  }
  for (std::int64_t begin = 0; begin < rows; begin += step) {
    signals::throw_if_received();
    const auto count = std::min(step, rows - begin);
    file.is_string(name) ? (void)file.read_string_rows(name, begin, count) : (void)file.read_rows(name, begin, count);
  }
}

// A set reads its images or texts itself, to take their digest.
void check_hdf5(const fs::path& path) {
  const auto file = hdf5::File::open(path);
  const auto format = file.has_attribute("/", "format") ? file.read_attribute("/", "format") : "";
  const bool is_texts = format == kTextSetFormat, is_images = format == kImageSetFormat;
  for (const auto& name : file.datasets()) {
    if (!(is_texts && name.starts_with("text")) && !(is_images && name == "images")) read_all(file, name);
  }
  if (is_texts) TextSet(path).verify();
  if (is_images) ImageSet(path).verify();
}

// Results and shards that a run's folder holds say the digests that its config.toml says.
void check_same_inputs(const fs::path& config, const std::map<std::string, std::string>& configuration) {
  const auto results = config.parent_path() / "results.h5";
  if (!fs::exists(results)) return;
  const Origin origin(hdf5::File::open(results));
  for (const auto& [key, value] : configuration) {
    if (key.starts_with("inputs.")) origin.require(key, value.substr(1, value.size() - 2), config.string());
  }
}

bool is_checkpoint_part(const fs::path& file) {
  return fs::exists(file.parent_path() / "manifest.json") && file.parent_path().filename().string().starts_with("step-");
}

// By the newest checkpoint, which knows the lines of its steps.
void check_losses_of(const fs::path& file) {
  std::set<fs::path, std::greater<>> checkpoints; // the newest first
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(file.parent_path() / "checkpoints", none)) {
    if (!is_temporary(entry.path())) checkpoints.insert(entry.path());
  }
  for (const auto& checkpoint : checkpoints) {
    if (const auto manifest = checkpoint_manifest(checkpoint))
      return check_losses(file, manifest->at("step"), manifest->at("facts").value("losses", std::string()));
  }
}

} // namespace

std::set<fs::path> files_below(const fs::path& path) {
  if (!fs::exists(path)) throw InputError(path.string(), "", "a file or folder", "neither");
  if (!fs::is_directory(path)) return {path};
  std::set<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(path); entry != fs::recursive_directory_iterator(); ++entry) {
    if (is_temporary(entry->path())) {
      entry.disable_recursion_pending(); // of a launch that runs, or was killed
    } else if (entry->is_regular_file()) {
      files.insert(entry->path());
    }
  }
  return files;
}

void Verification::judge(const fs::path& file, const std::function<void()>& look) {
  try {
    look();
    ++agreeing_;
  } catch (const InputError& error) {
    faults_.emplace_back(error.what());
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    faults_.push_back(fmt::format("{}: {}", file.string(), error.what()));
  }
}

void Verification::check(const fs::path& file) {
  const auto name = file.filename().string();
  if (name == kDigestList) return check_list(file);
  if (is_checkpoint_part(file)) {
    if (name == "manifest.json") {
      judge(file, [&] {
        if (const auto damage = checkpoint_damage(file.parent_path()); !damage.empty())
          throw InputError(file.parent_path().string(), "", "what its manifest says", damage);
      });
    }
    return;
  }
  if (file.extension() == ".h5") return judge(file, [&] { check_hdf5(file); });
  if (name == "loss.csv") return judge(file, [&] { check_losses_of(file); });
  if (name == "config.toml" && fs::is_directory(file.parent_path() / "shards")) return check_run(file);
  if (file.extension() == ".json" && file.parent_path().filename() == "steps") return check_step(file);
  check_by_record(file);
}

// Its files are looked at where they are met; those that are gone are not met.
void Verification::check_list(const fs::path& list) {
  for (const auto& [name, digest] : recorded_digests(list.parent_path())) {
    if (!fs::exists(list.parent_path() / name))
      faults_.push_back(
          fmt::format("{}: expected a file, as in {}, found none", (list.parent_path() / name).string(), list.string()));
  }
}

void Verification::check_by_record(const fs::path& file) {
  if (!recorded_digest(file).empty()) return judge(file, [&] { require_recorded(file, sha256_file(file)); });
  if (is_checkpoint_name(file)) unknown_.push_back(fmt::format("{}: no digest was recorded", file.string()));
}

void Verification::check_run(const fs::path& config) {
  judge(config, [&] {
    const auto table = read_toml(config);
    const auto* stored = table["configuration"].as_table();
    if (!stored) throw InputError(config.string(), "configuration", "a table", "none");
    const auto configuration = flatten(*stored);
    check_same_inputs(config, configuration);
    for (const auto& input : run_inputs(table["command"].value_or(std::string()), configuration)) {
      if (!input.digest) continue;
      if (!fs::exists(input.path)) {
        unknown_.push_back(fmt::format("{}: inputs.{}: {} is not there", config.string(), input.name, input.path));
      } else if (const auto found = input.digest(); found != input.recorded) {
        throw InputError(input.path, input.name, fmt::format("{}, as {} records", input.recorded, config.string()), found);
      }
    }
  });
}

// A step's result, by the digest that the study keeps of it.
void Verification::check_step(const fs::path& record) {
  judge(record, [&] {
    const auto folder = record.parent_path().parent_path();
    const auto step = study::read_record(folder, record.stem().string());
    if (!step || step->state != study::RunState::kDone) return;
    study::DigestCache none{fs::path()};
    const auto found = study::result_fingerprint(folder / step->out, none).digest;
    if (found != step->result.digest)
      throw InputError((folder / step->out).string(), "digest",
                       fmt::format("{}, as {} records", step->result.digest, record.string()), found.empty() ? "nothing" : found);
  });
}

} // namespace cxr
