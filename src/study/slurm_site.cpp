#include "study/slurm_site.h"

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/toml_file.h"
#include "study/slurm_time.h"
#include "study/template_text.h"

namespace cxr::study {
namespace {

constexpr std::string_view kDirective = "#SBATCH ";
const std::vector<std::string> kKeys = {
    "launcher",       "partition",   "account", "qos",           "gres",          "cpu-partition",  "cpu-account",
    "cpu-qos",        "cpu-gres",    "ranks",   "gpus-per-node", "cpus-per-rank", "memory-per-cpu", "time",
    "signal-seconds", "array-limit", "pack",    "pack-time",     "modules",       "container",      "lines"};

class SiteFile {
 public:
  explicit SiteFile(const std::filesystem::path& file) : name_(file.string()), table_(read_toml(file)) {
    for (const auto& [key, value] : table_) {
      if (std::ranges::find(kKeys, key.str()) == kKeys.end())
        throw InputError(name_, key.str(), fmt::format("one of {}", fmt::join(kKeys, ", ")), "an unknown key");
    }
  }

  void read(const char* key, std::string& text) const {
    if (const auto* node = table_.get(key))
      node->is_string() ? void(text = *node->value<std::string>()) : refuse(key, "a string", *node);
  }
  void read(const char* key, int& number) const {
    const auto* node = table_.get(key);
    if (!node) return;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < 0) refuse(key, "a number from 0", *node);
    number = static_cast<int>(*value);
  }
  void read(const char* key, std::vector<std::string>& list) const {
    const auto* node = table_.get(key);
    if (!node) return;
    if (!node->is_array()) refuse(key, "a list of strings", *node);
    for (const auto& element : *node->as_array()) {
      if (!element.is_string()) refuse(key, "a list of strings", element);
      list.push_back(*element.value<std::string>());
    }
  }
  [[noreturn]] void refuse(const std::string& key, const char* expected, const toml::node& node) const {
    throw InputError(name_, key, expected, toml_type(node));
  }

 private:
  std::string name_;
  toml::table table_;
};

/// "gpu:a100:4" of "gpu:a100"; as it is if it has a number.
std::string with_count(const std::string& gres, int count) {
  const auto last = gres.substr(gres.rfind(':') + 1);
  const bool has_count = !last.empty() && last.find_first_not_of("0123456789") == std::string::npos;
  return has_count ? gres : fmt::format("{}:{}", gres, count);
}

} // namespace

int ranks_of(const SlurmSite& site, const Step& step) { return step.ranks(std::max(site.ranks, 1)); }

bool uses_gpu(const Step& step, const LaunchSettings& settings) {
  return settings.device == "cuda" && settings.has_option(step.command, "--device");
}

SlurmSite read_site(const std::filesystem::path& file) {
  SlurmSite site;
  if (file.empty()) return site;
  const SiteFile from(file);
  from.read("launcher", site.launcher);
  if (site.launcher != "srun" && site.launcher != "mpirun")
    throw InputError(file.string(), "launcher", "srun or mpirun", site.launcher);
  from.read("partition", site.partition);
  from.read("account", site.account);
  from.read("qos", site.qos);
  from.read("gres", site.gres);
  from.read("cpu-partition", site.cpu_partition);
  from.read("cpu-account", site.cpu_account);
  from.read("cpu-qos", site.cpu_qos);
  from.read("cpu-gres", site.cpu_gres);
  from.read("ranks", site.ranks);
  from.read("gpus-per-node", site.gpus_per_node);
  from.read("cpus-per-rank", site.cpus_per_rank);
  from.read("memory-per-cpu", site.memory_per_cpu);
  from.read("time", site.time);
  from.read("signal-seconds", site.signal_seconds);
  from.read("array-limit", site.array_limit);
  from.read("pack", site.pack);
  from.read("pack-time", site.pack_time);
  if (!seconds_of_slurm_time(site.pack_time))
    throw InputError(file.string(), "pack-time", "a time such as 01:00:00", site.pack_time);
  from.read("modules", site.modules);
  from.read("container", site.container);
  from.read("lines", site.lines);
  return site;
}

std::vector<std::string> job_options(const SlurmSite& site, const Step& step, const LaunchSettings& settings,
                                     const std::filesystem::path& study, const std::string& time) {
  const int ranks = ranks_of(site, step);
  const bool is_on_gpu = uses_gpu(step, settings);
  const auto& usual_time = step.time.empty() ? site.time : step.time;
  // The signal reaches srun's tasks by itself; mpirun is a child of the script, which passes it on.
  const auto signal = fmt::format("--signal={}USR1@{}", site.launcher == "mpirun" ? "B:" : "", site.signal_seconds);
  std::vector<std::string> options = {"--parsable",
                                      "--requeue",
                                      "--open-mode=append",
                                      signal,
                                      fmt::format("--ntasks={}", ranks),
                                      fmt::format("--cpus-per-task={}", std::max(site.cpus_per_rank, 1)),
                                      fmt::format("--time={}", time.empty() ? usual_time : time),
                                      fmt::format("--chdir={}", study.string()),
                                      fmt::format("--output={}", (study / "jobs" / "%x-%j.log").string())};
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) options.push_back(fmt::format("--{}={}", option, value));
  };
  const auto own = [&](const std::string& of_cpu, const std::string& usual) {
    return is_on_gpu || of_cpu.empty() ? usual : of_cpu;
  };
  add("partition", own(site.cpu_partition, site.partition));
  add("account", own(site.cpu_account, site.account));
  add("qos", own(site.cpu_qos, site.qos));
  add("mem-per-cpu", site.memory_per_cpu);
  if (!is_on_gpu) add("gres", site.cpu_gres);
  if (is_on_gpu && site.gpus_per_node > 0) {
    const int on_node = std::min(ranks, site.gpus_per_node); // a rank takes the GPU of its number on the node
    options.push_back(site.gres.empty() ? fmt::format("--gpus-per-node={}", on_node)
                                        : fmt::format("--gres={}", with_count(site.gres, on_node)));
    options.push_back(fmt::format("--ntasks-per-node={}", on_node));
  } else if (is_on_gpu) {
    add("gres", site.gres);
  }
  for (const auto& line : site.lines) {
    if (!line.starts_with(kDirective)) continue;
    const auto words = split_words(line.substr(kDirective.size()), "site file, lines");
    options.insert(options.end(), words.begin(), words.end());
  }
  return options;
}

std::string job_preamble(const SlurmSite& site, const LaunchSettings& settings, const std::filesystem::path& scripts) {
  auto text =
      fmt::format("# Made by `cxr study run --launcher slurm` from the site file.\nexport CXR_PROGRAM={}\nexport CXR_SLURM={}\n",
                  join_words({site.container.empty() ? settings.program : "cxr"}), join_words({scripts.string()}));
  text += fmt::format("export CXR_LAUNCHER={}\nexport CXR_DEVICE={}\n", site.launcher, settings.device);
  if (settings.is_private) text += "export CXR_PRIVATE=1\numask 077\n";
  if (!site.container.empty()) text += fmt::format("export CXR_CONTAINER={}\n", join_words({site.container}));
  text += "set +u\n";                   // neither profiles nor module's own scripts are written for set -u
  for (const auto& line : site.lines) { // before modules, since a line may be what defines `module`
    if (!line.starts_with(kDirective)) text += line + "\n";
  }
  for (const auto& module : site.modules) {
    const auto name = join_words({module});
    text += fmt::format(
        "module load {0} || {{ echo \"cxr: site file: modules: cannot load \"{0}\" on $(hostname)\" >&2; exit 1; }}\n", name);
  }
  return text;
}

} // namespace cxr::study
