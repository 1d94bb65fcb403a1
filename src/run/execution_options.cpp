#include "run/execution_options.h"

#include <ATen/Parallel.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "core/options.h"
#include "dist/rank_threads.h"
#include "run/device.h"

namespace cxr {

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

at::Device start_execution(const ExecutionOptions& options, const Communicator& ranks) {
  log::set_quiet(options.quiet);
  at::set_num_threads(rank_threads(options.threads, ranks));
  return open_device(options.device, ranks.local_rank());
}

void write_out(const ExecutionOptions& options, std::string_view content) {
  if (options.out.empty()) return;
  remove_temporaries_of(options.out);
  write_file_atomically(options.out, content);
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
