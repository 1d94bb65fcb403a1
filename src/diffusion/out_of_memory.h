/// @file
/// What to do where memory runs out.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace cxr {

/// What a sampling can do with less memory.
inline constexpr std::string_view kSamplingAdvice =
    "lower --batch-size or --height and --width, or take --dtype bfloat16, --vae-slicing or --vae-tiling";

/// Rethrows the current exception; where it says that memory ran out, of the host or of a GPU, as a std::runtime_error of one line.
[[noreturn]] void rethrow_with_memory_advice(const std::string& what, std::string_view advice);

/// What `work` returns. @param what "decoding 4 images of 512 × 512"  @param advice what would need less
/// @throws std::runtime_error in place of what the allocators throw
template <typename Work>
auto with_memory_advice(const std::string& what, std::string_view advice, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (...) {
    rethrow_with_memory_advice(what, advice);
  }
}

} // namespace cxr
