/// @file
/// The model fixtures (tests/fixtures/README.md) and the two ways in which a model runs.
#pragma once

#include <filesystem>

#include "io/safetensors.h"

namespace cxr::test {

inline std::filesystem::path model_fixture(const std::string& name) {
  return std::filesystem::path(CXR_FIXTURES) / "models" / name;
}

/// Whether autograd watches: with it the plain LibTorch operators run, without it the fused oneDNN ones.
enum class Path { kPlain, kFused };

/// Runs `work` on the given path.
template <typename Work>
auto on_path(Path path, Work&& work) {
  const at::AutoGradMode autograd(path == Path::kPlain);
  return work();
}

} // namespace cxr::test
