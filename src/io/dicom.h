/// @file
/// DICOM chest radiographs. Decoding is DCMTK's.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <string>

namespace cxr {

/// How stored values become 8 bits.
enum class DicomRule {
  kMinMax,   ///< subtract the minimum, divide by the maximum
  kWindow,   ///< the file's VOI table, else its window, else min-max
  kEqualize, ///< min-max, then OpenCV's histogram equalisation: what MIMIC-CXR-JPG was made with
};

/// Reads a one-frame grey DICOM (8-16 bits stored, MONOCHROME1 or 2, uncompressed or JPEG, JPEG-LS, RLE) as uint8 [H,W].
/// MONOCHROME1 is inverted after the window. A constant image becomes zeros.
/// @throws InputError naming the tag and what was found
at::Tensor read_dicom(const std::filesystem::path& path, DicomRule rule);

/// "AP", "PA", "LATERAL", … from ViewPosition; empty if absent.
std::string dicom_view_position(const std::filesystem::path& path);

} // namespace cxr
