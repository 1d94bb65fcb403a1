/// @file
/// The JSON header of a safetensors file, read strictly and without building a tree of it.
#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cxr {

/// What the header says of one tensor.
struct SafetensorsEntry {
  std::string name;
  at::ScalarType dtype = at::kFloat;
  std::vector<std::int64_t> shape;
  std::size_t begin = 0; ///< bytes [begin, end) of what follows the header
  std::size_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> tensors; ///< in the header's order
  std::map<std::string, std::string> metadata;
};

struct SafetensorsDtype {
  std::string_view name;
  at::ScalarType dtype;
};

/// The dtypes that are read and written, in the reference's order: by alignment, ascending (tensor.rs, enum Dtype).
inline constexpr std::array<SafetensorsDtype, 10> kSafetensorsDtypes{{{"BOOL", at::kBool},
                                                                      {"U8", at::kByte},
                                                                      {"I8", at::kChar},
                                                                      {"I16", at::kShort},
                                                                      {"F16", at::kHalf},
                                                                      {"BF16", at::kBFloat16},
                                                                      {"I32", at::kInt},
                                                                      {"F32", at::kFloat},
                                                                      {"F64", at::kDouble},
                                                                      {"I64", at::kLong}}};

/// @param file stands for the file in messages
/// @throws InputError for invalid UTF-8 or JSON, duplicate keys, unknown or missing fields, an unknown dtype, a shape or an
///   offset that is no unsigned integer, more than 64 axes, a `__metadata__` that is not string to string
SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& file);

} // namespace cxr
