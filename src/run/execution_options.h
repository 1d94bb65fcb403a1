/// @file
/// The options that say where and how a command works, not what it computes, and the two that the commands with models share.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "dist/communicator.h"

namespace cxr {

struct ExecutionOptions {
  std::filesystem::path out;  ///< --out
  std::string config;         ///< --config; core/options.h has read it by the time that the command runs
  int threads = 0;            ///< --threads; 0: this rank's share of the node's cores
  std::string device = "cpu"; ///< --device
  bool quiet = false;         ///< --quiet
};

/// Declares --out, --config, --threads, --device and --quiet in the group "Execution".
/// @param options must live as long as `app`
/// @param out what --out names, "the run's folder"; empty declares no --out
void add_execution_options(CLI::App& app, ExecutionOptions& options,
                           const std::string& out = "the run's folder; the same command goes on with it");

/// Sets how much this process says and how many threads LibTorch uses, and opens the device.
at::Device start_execution(const ExecutionOptions& options, const Communicator& ranks);

/// Writes what --out names, if it was given, where that is a file.
void write_out(const ExecutionOptions& options, std::string_view content);

/// Declares --dtype float32|bfloat16|float16: the type that models compute in, which decides results.
void add_dtype_option(CLI::App& app, std::string& dtype);
at::ScalarType parse_dtype(const std::string& dtype);

/// Declares --batch-size, which decides results in their last bits. Its value is the default.
void add_batch_size_option(CLI::App& app, std::int64_t& batch_size);

} // namespace cxr
