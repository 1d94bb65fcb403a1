/// @file
/// Named tensors as checkpoints hold them, whatever the file's kind.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>

namespace cxr {

/// Key to tensor, in the order of the keys. Tensors may borrow a mapped file, which they keep alive.
using StateDict = std::map<std::string, at::Tensor>;

/// Reads a checkpoint: `.safetensors`, a sharded `.safetensors.index.json` (or `.bin.index.json`), or `.bin`/`.pt`/`.pth`/`.ckpt`
/// (zip + pickle, read without executing anything).
/// @throws InputError for an absent or empty file, a Git-LFS pointer, and whatever the readers refuse
StateDict read_state_dict(const std::filesystem::path& path);

} // namespace cxr
