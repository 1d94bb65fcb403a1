/// @file
/// What the tables' commands read: sets, runs and folders that inputs.toml says how to make. Each is made once, when a command line
/// first names it.
///
///     ["images.h5"]
///     command = "prep phantom --n 8 --size 64 --out {in}/images.h5"     # of cxr
///     ["reader"]
///     command = "reader-study export … --out {in}/reader"
///     then = "python3 {source}/tests/combinations/make_scores.py {in}/reader"   # a shell's line behind it
///     ["two-shards"]
///     process = "reconstruct … --out {in}/two-shards"                   # by processes of its own, none of the launched ranks
///     ranks = 2
///     ["stand-ins"]
///     shell = "python3 {source}/scripts/make_stand_ins.py {in}/stand-ins"
///     ["prompts.txt"]
///     text = "a photo of a lung xray"
///     ["sd"]
///     formula = "diffusion"                                             # a tiny Stable Diffusion (experiments/formula_folders.h)
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <toml++/toml.h>

namespace cxr::combinations {

class Inputs {
 public:
  /// @param recipes inputs.toml  @param folder that stands for "{in}"  @param program cxr, for `process`
  Inputs(const std::filesystem::path& recipes, std::filesystem::path folder, std::filesystem::path program);

  /// Makes what the arguments name and is not there yet. @throws std::runtime_error with what the making command said
  void make_for(const std::vector<std::string>& arguments);

  /// The argument with its placeholders replaced: {in}, {models}, {source}, {cxr}, and {out} by `out`.
  std::string filled(std::string argument, const std::filesystem::path& out) const;
  std::vector<std::string> filled(std::vector<std::string> arguments, const std::filesystem::path& out) const;

 private:
  void make(const std::string& name);

  toml::table recipes_;
  std::filesystem::path file_, folder_, program_;
  std::set<std::string> made_;
};

} // namespace cxr::combinations
