/// @file
/// What image sets and text sets share: where their file lies, labels, attributes.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "io/hdf5.h"

namespace cxr {

/// The attribute that stands for what a set holds: pixels, texts, labels.
inline constexpr const char* kContentDigest = "content_sha256";

/// `path` itself, or the results.h5 of a run folder. @param what is expected there, for messages: "an image set"
/// @throws InputError for a folder that is no finished run
std::filesystem::path set_file(const std::filesystem::path& path, const std::string& what);

/// A dataset [N, columns] of `dtype`, undefined if there is none. @throws InputError if it is another, or has not `rows` rows
at::Tensor read_table(const hdf5::File& file, const std::string& name, at::ScalarType dtype, std::int64_t rows,
                      std::int64_t columns);

/// /labels int8 [N,14], undefined if there is none. @throws InputError if they are not in CheXpert's order
at::Tensor read_labels(const hdf5::File& file, std::int64_t rows);
/// @param labels [N × 14], row by row
void write_labels(hdf5::File& file, const std::vector<std::int8_t>& labels);

/// All attributes of the file.
std::map<std::string, std::string> read_set_attributes(const hdf5::File& file);

/// @throws InputError if the dataset `name` has `found` rows where the set has `rows`
void check_rows(const hdf5::File& file, const std::string& name, std::int64_t found, std::int64_t rows);

/// `path` if nothing has that name. @throws InputError
std::filesystem::path require_absent(std::filesystem::path path);

} // namespace cxr
