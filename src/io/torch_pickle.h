/// @file
/// Checkpoints of torch.save (`.bin`, `.pt`, `.pth`, `.ckpt`): a zip archive of a pickle and of raw storages. Nothing in them is
/// executed. Tensors borrow the mapped file; strides and shared storages stay as they were saved.
#pragma once

#include "io/mapped_file.h"
#include "io/state_dict.h"

namespace cxr {

/// The tensors of a state dict; a checkpoint {"state_dict": {…}, …} is unwrapped, and what else it holds is left alone.
/// @throws InputError for a file of the old format before PyTorch 1.6 or of a pickled module (both with a hint how to convert),
///   big-endian storages, a damaged record, a view outside its storage, a value that is no tensor, and whatever the readers of
///   the zip archive and of the pickle refuse
StateDict read_torch_pickle(const std::filesystem::path& path);

/// The same from bytes.
StateDict parse_torch_pickle(const FileBytes& bytes);

/// What a saved dict holds that is tensor or string, at its root and in the dicts at its root ("outer.inner").
struct SavedValues {
  StateDict tensors;
  std::map<std::string, std::string> strings;
};

/// Reads a saved dict that is no plain state dict: values of other kinds are left alone. @throws InputError as read_torch_pickle
SavedValues read_saved_values(const std::filesystem::path& path);

} // namespace cxr
