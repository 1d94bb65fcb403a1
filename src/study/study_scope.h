/// @file
/// What the names in a study file stand for, where a step or a result is written down.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "study/study_file.h"
#include "study/template_text.h"

namespace cxr::study {

/// The values of one row of a list.
using Row = std::map<std::string, Value>;

/// What a template says, apart from where inputs and other steps' results lie.
struct Expansion {
  std::vector<std::string> plain;    ///< with paths in their place
  std::vector<std::string> identity; ///< with `{name}` for inputs and `{out.NAME}` for results
  std::vector<std::string> inputs;   ///< the words that begin with an input, as paths
  std::set<std::string> used_inputs; ///< names
  std::set<std::string> used_outs;   ///< names of steps
};

/// Looks names up: rows first, then settings, then inputs; `out.NAME` is another step's result. Borrows all it is given.
class Scope {
 public:
  Scope(const std::string& file, const Row& settings, const std::map<std::string, Input>& inputs,
        const std::map<std::string, std::string>& outs)
      : file_(file), settings_(settings), inputs_(inputs), outs_(outs) {}

  /// One text that names neither inputs nor results: a step's name. @throws InputError
  std::string text(const std::string& text, const std::vector<const Row*>& rows, const std::string& place) const;
  /// @throws InputError (place, name, expected, found) for names that stand for nothing
  Expansion expand(const std::vector<std::string>& words, const std::vector<const Row*>& rows, const std::string& place) const;

 private:
  Lookup lookup(const std::vector<const Row*>& rows, const std::string& place) const;

  const std::string& file_;
  const Row& settings_;
  const std::map<std::string, Input>& inputs_;
  const std::map<std::string, std::string>& outs_; ///< result's path by name of step
};

} // namespace cxr::study
