/// @file
/// How results came to be, as they themselves say: what two results are joined by. Names, ids and paths tell nothing: two runs may
/// share them all.
#pragma once

#include <map>
#include <string>

#include "io/hdf5.h"

namespace cxr {

/// The configuration that a run's results carry, with the digests of its inputs. Empty for a file that no run wrote.
class Origin {
 public:
  Origin() = default;
  /// @throws InputError for a configuration that is no TOML
  explicit Origin(const hdf5::File& results);

  /// Of the results.
  const std::string& file() const { return file_; }
  /// Whether the results carry a configuration.
  bool is_known() const { return !values_.empty(); }

  /// A value as it was given, by its dotted key ("inputs.images", "extraction"); empty if the results don't say.
  std::string of(const std::string& key) const;

  /// Refuses results that say another value of `key` than `expected`; those that say none, or an empty `expected`, pass.
  /// @param whose has the expected one: a set or another run  @throws InputError
  void require(const std::string& key, const std::string& expected, const std::string& whose) const;

 private:
  std::string file_;
  std::map<std::string, std::string> values_;
};

} // namespace cxr
