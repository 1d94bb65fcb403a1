/// @file
/// What files and folders hold, as JSON objects that `cxr info` prints. Each starts with "kind".
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

namespace cxr {

using Description = nlohmann::ordered_json;

/// An image set, a text set, a shard, a run's results, or any other HDF5 file: kind, attributes, datasets with type and shape; of a
/// set also how often each label is positive, negative, uncertain and not mentioned, of texts their lengths. @throws InputError
Description describe_hdf5(const std::filesystem::path& path);

/// A checkpoint: number of tensors and parameters, types, and every tensor's shape. @throws InputError
Description describe_checkpoint(const std::filesystem::path& path);

/// A model's folder (config.json and weights), or a pipeline's (model_index.json and its parts). @throws InputError
Description describe_model_folder(const std::filesystem::path& folder);

/// A run's folder: command, configuration, and how many of its samples are done. @throws InputError
Description describe_run(const std::filesystem::path& folder);

/// What describe_run() adds for a training: how far it is, its checkpoints, the last loss. @throws InputError
Description describe_training(const std::filesystem::path& folder);

/// A checkpoint's folder (manifest.json and a file a rank): step and what its files hold. Whether their digests are right is not
/// checked: that is the work of the training that goes on from it. @throws InputError
Description describe_training_checkpoint(const std::filesystem::path& folder);

/// A study's folder: its arms. @throws InputError
Description describe_study(const std::filesystem::path& folder);

/// Whether `path` looks like a file that describe_checkpoint() reads, by its name.
bool is_checkpoint_name(const std::filesystem::path& path);

} // namespace cxr
