#include "run/execution_options.h"

#include <ATen/Parallel.h>

#include <sched.h>

#include <thread>

#include "core/error.h"
#include "core/log.h"
#include "core/options.h"
#include "run/device.h"

namespace cxr {
namespace {

int cores_of_node() { return static_cast<int>(std::max(std::thread::hardware_concurrency(), 1u)); }

// The cores that the launcher bound this process to, or all.
int cores_of_process() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(CPU_COUNT(&set), 1) : cores_of_node();
}

} // namespace

void add_execution_options(CLI::App& app, ExecutionOptions& options, const std::string& out) {
  if (!out.empty()) app.add_option("--out", options.out, out)->required()->group(kExecutionGroup);
  app.add_option("--config", options.config, "a TOML file of these options; the command line wins")->group(kExecutionGroup);
  app.add_option("--threads", options.threads, "threads a rank; 0 for its share of the node's cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str()
      ->group(kExecutionGroup);
  app.add_option("--device", options.device, "where models run: cpu, cuda (one GPU a rank)")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str()
      ->group(kExecutionGroup);
  app.add_flag("--quiet", options.quiet, "no lines but warnings and errors")->group(kExecutionGroup);
}

int rank_threads(int asked, const Communicator& ranks) {
  if (asked > 0) return asked;
  const int share = std::max(cores_of_node() / ranks.local_size(), 1);
  const int bound = cores_of_process();
  if (bound < share && ranks.size() > 1 && ranks.is_root()) {
    log::warn("the launcher binds each rank to {} of its {} cores; mpirun --bind-to none lifts that", bound, share);
  }
  return std::min(share, bound);
}

at::Device start_execution(const ExecutionOptions& options, const Communicator& ranks) {
  log::set_quiet(options.quiet);
  at::set_num_threads(rank_threads(options.threads, ranks));
  return open_device(options.device, ranks.local_rank());
}

void add_dtype_option(CLI::App& app, std::string& dtype) {
  app.add_option("--dtype", dtype, "the type that models compute in")
      ->check(CLI::IsMember({"float32", "bfloat16", "float16"}))
      ->capture_default_str();
}

at::ScalarType parse_dtype(const std::string& dtype) {
  if (dtype == "float32") return at::kFloat;
  if (dtype == "bfloat16") return at::kBFloat16;
  if (dtype == "float16") return at::kHalf;
  throw InputError("--dtype", "", "float32, bfloat16 or float16", dtype);
}

void add_batch_size_option(CLI::App& app, std::int64_t& batch_size) {
  app.add_option("--batch-size", batch_size, "samples that a model takes at once")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
      ->capture_default_str();
}

} // namespace cxr
