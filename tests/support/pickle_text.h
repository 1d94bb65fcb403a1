/// @file
/// Pickles of protocol 2 by hand: what torch.save writes, in pieces that a test can bend.
/// Sums start with a std::string: g++ 12 warns of an overflow, falsely, where a literal stands before a temporary (its bug 105329).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/memory_file.h"
#include "support/stored_zip.h"

namespace cxr::test::pickle {

inline const std::string kStart = "\x80\x02";
inline const std::string kOrderedDict = "ccollections\nOrderedDict\n)R";

inline std::string text(const std::string& value) {
  return std::string("X") + bytes_of(static_cast<std::uint32_t>(value.size())) + value;
}

/// LONG1, which holds any integer.
inline std::string integer(std::int64_t value) { return std::string("\x8a\x08") + bytes_of(value); }

inline std::string tuple(const std::vector<std::int64_t>& values) {
  std::string items;
  for (const auto value : values) items += integer(value);
  return "(" + items + "t";
}

/// The arguments of _rebuild_tensor_v2, each good for a storage of six floats under the key 0.
struct Tensor {
  std::string type = "ctorch\nFloatStorage\n";
  std::string key = text("0");
  std::int64_t numel = 6;
  std::string offset = integer(0);
  std::string sizes = tuple({2, 3});
  std::string strides = tuple({3, 1});
};

inline std::string tensor(const Tensor& t = {}) {
  const auto storage = std::string("(") + text("storage") + t.type + t.key + text("cpu") + integer(t.numel) + "tQ";
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + t.offset + t.sizes + t.strides + "\x89" + kOrderedDict + "tR";
}

/// {key: value}, the whole pickle.
inline std::string dict(const std::string& key, const std::string& value) { return kStart + "}" + key + value + "s."; }

/// An archive of torch.save around a pickle, with a storage of six floats.
inline std::string archive(const std::string& content) {
  std::string floats;
  for (const float value : {0.F, 1.F, 2.F, 3.F, 4.F, 5.F}) floats += bytes_of(value);
  return stored_zip({{"a/data.pkl", content}, {"a/byteorder", "little"}, {"a/data/0", floats}});
}

} // namespace cxr::test::pickle
