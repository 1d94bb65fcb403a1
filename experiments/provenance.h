/// @file
/// What a run over a set says of itself: the inputs that its configuration names, the attributes of its results.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/image_set.h"
#include "data/text_set.h"
#include "dist/communicator.h"
#include "io/shard_file.h"

namespace cxr {

/// Names of a run's inputs, each with what makes its digest.
using InputDigests = std::vector<std::pair<std::string, std::function<std::string()>>>;

/// `inputs.NAME = "digest"` lines in that order. Collective: rank 0 reads the files for all.
std::string inputs_configuration(const InputDigests& inputs, Communicator& ranks);

/// The same for the images and the model's weights (models/pretrained.h: weights_digest, or kRandomWeights).
/// @param weights a file or folder of weights that load
std::string inputs_configuration(const ImageSet& images, const std::filesystem::path& weights, Communicator& ranks);

/// The same for a set's texts.
std::string inputs_configuration(const TextSet& texts, const std::filesystem::path& weights, Communicator& ranks);

/// A text encoder's: its weights, its configuration, its tokenizer. @param encoder its folder, or a Stable Diffusion folder
InputDigests encoder_digests(const std::filesystem::path& encoder);

/// What denoises and decodes: the U-Net, the autoencoder and the scheduler, with their configurations.
/// @param model Stable Diffusion folder  @param unet the U-Net's own folder
InputDigests diffusion_digests(const std::filesystem::path& model, const std::filesystem::path& unet);

/// Of the pixels of some of a set's images, in that order: unlike a set's identity it tells apart what other tools wrote over.
/// Collective; rank 0 reads.
std::string images_digest(const std::filesystem::path& set, std::span<const std::int64_t> rows, Communicator& ranks);
/// Of texts in their order.
std::string texts_digest(std::span<const std::string> texts);

/// "latents-0123456789abcdef": a folder's name by the digest of a run's configuration, where many runs lie side by side.
std::string cache_name(const std::string& kind, const std::string& configuration);

/// Attributes of results.h5: format, what command and version made it, its configuration.
RunAttributes result_attributes(const std::string& format, const std::string& command, const std::string& configuration);

} // namespace cxr
