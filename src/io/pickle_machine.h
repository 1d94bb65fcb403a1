/// @file
/// The part of pickle protocol 2 that state dicts need, read as data: nothing is imported, called or built but the values below.
/// Reference: CPython's Lib/pickletools.py; torch/_weights_only_unpickler.py, which allows much the same.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cxr {

struct PickleValue;

/// A tuple or a list.
struct PickleSequence {
  std::vector<PickleValue*> items;
};

/// A dict or an OrderedDict, in the order of insertion.
struct PickleDict {
  std::vector<std::pair<PickleValue*, PickleValue*>> items;
};

/// A name that a pickle may refer to.
struct PickleGlobal {
  enum class Kind { kOrderedDict, kRebuildTensor, kRebuildParameter, kStorage };
  Kind kind;
  at::ScalarType dtype; ///< of kStorage
};

// What follows points into the tree rather than copies: a call costs the pickle a few bytes, and may not cost memory its arguments.

/// A record of the archive, `data/<key>`, that holds `numel` items.
struct PickleStorage {
  const std::string* key;
  at::ScalarType dtype;
  std::int64_t numel;
};

/// A strided view of a storage; nothing about it is checked yet.
struct PickleTensor {
  const PickleStorage* storage;
  std::int64_t offset;
  const PickleSequence* sizes;
  const PickleSequence* strides;
};

struct PickleValue {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, PickleSequence, PickleDict, PickleGlobal, PickleStorage,
               PickleTensor>
      content;

  /// "None", "an integer", "a dict" …: for messages.
  const char* kind() const;
};

/// The values of a pickle. They may refer to each other in cycles, so walk them with care.
struct PickleTree {
  std::deque<PickleValue> values; ///< owns them all
  PickleValue* root = nullptr;
};

/// @param file stands for the file in messages
/// @throws InputError (byte, opcode) for an opcode, a GLOBAL or a call that state dicts do not need, for a pickle that is cut off
///   or misuses its stack, and past the bounds on size, values, stack and strings
PickleTree parse_pickle(std::string_view pickle, const std::string& file);

} // namespace cxr
