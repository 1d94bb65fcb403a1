/// @file
/// A study file: the whole of a study as a graph of the program's commands (docs/studies.md states the grammar).
///
///     [study]       title, notice (the report's first line), private (credentialed data), leave-out (steps)
///     [inputs]      name = "path": files and folders from outside, relative to the study file; "" leaves out what needs it
///     [settings]    name = value: what commands are given
///     [execution]   threads, device, ranks: how the steps run unless the command line says otherwise
///     [lists]       name = [{key = …, …}, …]: rows, for steps of which there is one a row; or the names of lists, joined
///     [[step]]      name, what, command, out; for, ranks, results, after, time
///     anything else what `cxr tables` reads (analysis/study.h), with placeholders
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/toml_file.h"
#include "study/step.h"

namespace cxr::study {

/// How steps run where the command line says nothing.
struct ExecutionDefaults {
  int threads = 0;            ///< a rank; 0: the cores that a step has
  std::string device = "cpu"; ///< cpu, cuda
  int ranks = 0;              ///< of a step that takes any number; 0: fitted to the machine
};

/// An input by the name that commands call it.
struct Input {
  std::filesystem::path path; ///< absolute; empty: left out
  bool is_there = false;
};

struct StudyFile {
  std::filesystem::path file;
  std::string title, notice;
  bool is_private = false;
  ExecutionDefaults execution;
  std::map<std::string, Input> inputs;
  std::vector<Step> steps;        ///< in the order of the file, each behind the steps that it needs or in front of them
  std::vector<std::size_t> order; ///< their numbers, each behind those that it needs; else as in the file
  std::map<std::string, std::string> left_out; ///< why, by the names of steps that are not part of it
  toml::table results;                         ///< what becomes study.toml, without what was left out
  toml::table source;                          ///< the file with overrides in their place and absolute inputs: another study file
};

/// What the command line says in place of the file.
struct Overrides {
  std::map<std::string, std::string> values; ///< of settings and inputs, by name: `--set`
  std::vector<std::string> leave_out;        ///< names of steps, or patterns of such: `--leave-out`
};

/// @throws InputError (file, section and key, expected, found)
StudyFile read_study_file(const std::filesystem::path& file, const Overrides& overrides = {});

} // namespace cxr::study
