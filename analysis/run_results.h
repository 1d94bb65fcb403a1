/// @file
/// Merged runs, with the checks that every reader of one makes.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/hdf5.h"

namespace cxr {

/// The results.h5 of a run, or the file itself. @throws InputError if the run is not merged
hdf5::File open_results(const std::filesystem::path& run);

/// @throws InputError unless the file's samples are these, in this order  @param whose ids they are: "the image set"
void check_samples(const hdf5::File& file, const std::vector<std::string>& ids, const std::string& whose);

/// A floating dataset of `rows` rows and `dims` dimensions. @throws InputError if it is another
at::Tensor read_numbers(const hdf5::File& file, const std::string& name, std::int64_t rows, std::size_t dims);

} // namespace cxr
