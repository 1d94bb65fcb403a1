/// @file
/// Radiographs in a folder, with a table of labels if there is one.
#pragma once

#include "data_prep/source.h"
#include "io/dicom.h"

namespace cxr {

struct FolderOptions {
  std::filesystem::path root;   ///< searched with its subfolders for .jpg, .jpeg, .png, .dcm and .dcm.gz in any case
  std::filesystem::path labels; ///< CSV; empty for none
  std::string key;              ///< the column that names the image; empty: the first
  std::string view = "all";     ///< other views than all need a ViewPosition, which DICOM files alone have
  DicomRule dicom = DicomRule::kWindow;
};

/// The images of the folder. A row of the labels table is an image's whose path under the root, file name, or file name without
/// ending its key is; columns study_id and subject_id are taken where they are. Images without a row have no label mentioned.
/// @throws InputError for a key that names several images, or that two rows have; for an unknown label value
Source folder_source(const FolderOptions& options);

} // namespace cxr
