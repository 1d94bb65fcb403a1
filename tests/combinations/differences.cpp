#include "combinations/differences.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <set>

#include "combinations/command_run.h"
#include "core/error.h"
#include "io/hdf5.h"
#include "support/file_bytes.h"
#include "training/loss_log.h"

namespace cxr::combinations {
namespace {

namespace fs = std::filesystem;

constexpr double kDataRounding = 1e-3; ///< of the largest number; one of 255 where data are pixels

fs::path out_of(const RunPlace& run) { return run / "out"; }

std::vector<StepRecord> losses_of(const RunPlace& run) { return read_loss_log(out_of(run) / "loss.csv"); }

bool is_near(double a, double b, double bound) { return a == b || std::abs(a - b) <= bound * std::max(std::abs(a), std::abs(b)); }

std::string difference_of_losses(const RunPlace& one, const RunPlace& other, double bound) {
  const auto a = losses_of(one), b = losses_of(other);
  if (a.size() != b.size()) return fmt::format("{} steps instead of {}", b.size(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!is_near(a[i].loss, b[i].loss, bound))
      return fmt::format("step {}: loss {:.9g} instead of {:.9g}", i + 1, b[i].loss, a[i].loss);
    if (!is_near(a[i].grad_norm, b[i].grad_norm, bound)) {
      return fmt::format("step {}: gradient norm {:.9g} instead of {:.9g}", i + 1, b[i].grad_norm, a[i].grad_norm);
    }
    if (a[i].learning_rate != b[i].learning_rate) return fmt::format("step {}: another learning rate", i + 1);
  }
  return "";
}

/// Files below `folder` by their relative names. Logs have times in them.
std::map<std::string, fs::path> files_in(const fs::path& folder) {
  std::map<std::string, fs::path> files;
  if (fs::is_regular_file(folder)) files.emplace("", folder);
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto name = entry.path().filename();
    if (entry.is_regular_file() && name != "log.jsonl" && name != ".lock")
      files.emplace(fs::relative(entry.path(), folder), entry.path());
  }
  return files;
}

// The pieces that each rank wrote are its own; what they are merged into is compared.
bool is_of_a_rank(const std::string& name) { return name.find("shards/") != std::string::npos; }

/// A report says when it was made.
std::string timeless_bytes(const fs::path& file) {
  static const std::regex made(R"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC)");
  auto bytes = test::file_bytes(file);
  return file.extension() == ".html" ? std::regex_replace(bytes, made, "") : bytes;
}

std::string difference_of_bytes(const std::map<std::string, fs::path>& a, const std::map<std::string, fs::path>& b) {
  for (const auto& [name, file] : a) {
    const auto found = b.find(name);
    if (found == b.end()) return fmt::format("no {}", name);
    if (timeless_bytes(file) != timeless_bytes(found->second)) return fmt::format("another {}", name.empty() ? "file" : name);
  }
  for (const auto& [name, file] : b) {
    if (!a.contains(name)) return fmt::format("{} besides", name);
  }
  return "";
}

std::map<std::string, fs::path> without_ranks(std::map<std::string, fs::path> files) {
  std::erase_if(files, [](const auto& file) { return is_of_a_rank(file.first); });
  return files;
}

std::string printed_by(const RunPlace& run) { return replaced(test::file_bytes(run / "stdout"), run.string(), "RUN"); }

/// The HDF5 files that a run is for.
std::map<std::string, fs::path> data_files(const CommandTable& table, const RunPlace& run) {
  auto files = without_ranks(files_in(out_of(run)));
  std::erase_if(files, [&](const auto& file) {
    if (table.result == Result::kFile) return false;
    return !file.first.ends_with(".h5") || file.first.starts_with("cache/");
  });
  return files;
}

bool is_hdf5(const fs::path& file) { return test::file_bytes(file).starts_with("\x89HDF"); }

bool is_close(const at::Tensor& a, const at::Tensor& b, double bound) {
  if (a.sizes() != b.sizes()) return false;
  if (a.numel() == 0) return true;
  const auto x = a.to(at::kDouble).nan_to_num(0), y = b.to(at::kDouble).nan_to_num(0);
  if (bound > kDataRounding)
    return (x - y).norm().item<double>() <= bound * x.norm().item<double>(); // single numbers may be far off
  const double allowed = a.scalar_type() == at::kByte ? std::max(1., 255 * bound) : bound * x.abs().max().item<double>();
  return a.is_floating_point() || a.scalar_type() == at::kByte ? (x - y).abs().max().item<double>() <= allowed : at::equal(a, b);
}

/// Whether two HDF5 files have the same datasets within `bound`, attributes aside: those name the options.
bool same_data(const fs::path& a, const fs::path& b, double bound) {
  const auto one = hdf5::File::open(a), other = hdf5::File::open(b);
  if (one.datasets() != other.datasets()) return false;
  return std::ranges::all_of(one.datasets(), [&](const std::string& name) {
    if (one.is_string(name) != other.is_string(name)) return false;
    if (one.is_string(name)) return one.read_strings(name) == other.read_strings(name);
    if (one.dtype(name) != other.dtype(name)) return false;
    const auto x = one.read(name), y = other.read(name);
    return bound > 0 ? is_close(x, y, bound) : at::equal(x.nan_to_num(-9), y.nan_to_num(-9));
  });
}

bool same_data(const CommandTable& table, const RunPlace& plain, const RunPlace& other, double bound) {
  const auto a = data_files(table, plain), b = data_files(table, other);
  if (a.size() != b.size()) return false;
  return std::ranges::all_of(a, [&](const auto& file) {
    const auto found = b.find(file.first);
    if (found == b.end()) return false;
    if (is_hdf5(file.second)) return same_data(file.second, found->second, bound);
    return test::file_bytes(file.second) == test::file_bytes(found->second);
  });
}

bool same_losses(const RunPlace& plain, const RunPlace& other) {
  const auto a = losses_of(plain), b = losses_of(other);
  return std::ranges::equal(
      a, b, [](const StepRecord& x, const StepRecord& y) { return x.loss == y.loss && x.grad_norm == y.grad_norm; });
}

bool same_rates(const RunPlace& plain, const RunPlace& other) {
  return std::ranges::equal(losses_of(plain), losses_of(other), {}, &StepRecord::learning_rate, &StepRecord::learning_rate);
}

std::map<std::string, fs::path> products(const RunPlace& run) {
  auto files = files_in(out_of(run));
  std::erase_if(files, [](const auto& file) {
    const auto& name = file.first;
    return name.starts_with("checkpoints/") || name.starts_with("cache/") || name == "config.toml" || name == "loss.csv" ||
           name == "training.json" || name.starts_with("loss.");
  });
  return files;
}

fs::path last_checkpoint(const RunPlace& run) {
  fs::path last;
  for (const auto& entry : fs::directory_iterator(out_of(run) / "checkpoints")) last = std::max(last, entry.path());
  return last;
}

std::set<std::string> names_of(const RunPlace& run) {
  std::set<std::string> names;
  for (const auto& [name, file] : files_in(out_of(run))) names.insert(name);
  return names;
}

/// The numbers of a text, and what stands between them.
std::pair<std::vector<double>, std::string> numbers_and_words(const std::string& text) {
  static const std::regex number(R"([-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?)");
  std::vector<double> numbers;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), number); it != std::sregex_iterator(); ++it)
    numbers.push_back(std::stod(it->str()));
  return {numbers, std::regex_replace(text, number, "#")};
}

bool same_print(const RunPlace& plain, const RunPlace& other, double bound) {
  const auto [a, words] = numbers_and_words(printed_by(plain));
  const auto [b, other_words] = numbers_and_words(printed_by(other));
  return words == other_words &&
         std::ranges::equal(a, b, [&](double x, double y) { return is_near(x, y, bound) || std::abs(x - y) < 0.01 * bound; });
}

bool is_same_but_rounding(const CommandTable& table, const RunPlace& plain, const RunPlace& other) {
  if (table.result == Result::kTraining) return difference_of_losses(plain, other, kFloat32Bound).empty();
  return table.result == Result::kPrinted ? same_print(plain, other, kDataRounding) : same_data(table, plain, other, kDataRounding);
}

bool is_same(const CommandTable& table, const RunPlace& plain, const RunPlace& other) {
  if (table.result == Result::kTraining) return same_losses(plain, other) && same_rates(plain, other);
  if (table.result == Result::kPrinted) return printed_by(plain) == printed_by(other);
  return same_data(table, plain, other, 0);
}

} // namespace

std::string difference(const CommandTable& table, const RunPlace& one, const RunPlace& other, double bound) {
  if (table.result == Result::kTraining) return difference_of_losses(one, other, bound);
  if (table.result == Result::kPrinted && printed_by(one) != printed_by(other)) return "other lines on standard output";
  return difference_of_bytes(without_ranks(files_in(out_of(one))), without_ranks(files_in(out_of(other))));
}

std::string difference_on_device(const CommandTable& table, const RunPlace& processor, const RunPlace& device, double bound) {
  if (table.result == Result::kTraining) return difference_of_losses(processor, device, bound);
  if (table.result == Result::kPrinted) return same_print(processor, device, bound) ? "" : "other numbers on standard output";
  return same_data(table, processor, device, bound) ? "" : "other data";
}

std::string difference_of_resumed(const CommandTable& table, const RunPlace& undisturbed, const RunPlace& resumed) {
  if (table.result != Result::kTraining) {
    return difference_of_bytes(without_ranks(files_in(out_of(undisturbed))), without_ranks(files_in(out_of(resumed))));
  }
  const auto kept = [](const RunPlace& run) {
    auto files = products(run);
    files.emplace("loss.csv", out_of(run) / "loss.csv");
    const auto checkpoint = last_checkpoint(run);
    for (const auto& [name, file] : files_in(checkpoint)) files.emplace("last checkpoint's " + name, file);
    return files;
  };
  return difference_of_bytes(kept(undisturbed), kept(resumed));
}

bool has_change(const CommandTable& table, const std::string& change, const RunPlace& plain, const RunPlace& other) {
  if (change == "loss") return !same_losses(plain, other);
  if (change == "rate") return !same_rates(plain, other);
  if (change == "product") return !difference_of_bytes(products(plain), products(other)).empty();
  if (change == "data") return !same_data(table, plain, other, 0);
  if (change == "files") return names_of(plain) != names_of(other);
  if (change == "printed") return printed_by(plain) != printed_by(other);
  if (change == "said") { // times and rates differ in any case
    return numbers_and_words(test::file_bytes(plain / "stderr")).second !=
           numbers_and_words(test::file_bytes(other / "stderr")).second;
  }
  if (change == "rounding") return is_same_but_rounding(table, plain, other);
  if (change == "nothing") return is_same(table, plain, other);
  throw InputError(table.file.string(), "changes", "loss, rate, product, data, files, printed, said, rounding or nothing", change);
}

} // namespace cxr::combinations
