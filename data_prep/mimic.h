/// @file
/// MIMIC-CXR 2.0.0 (DICOM) and MIMIC-CXR-JPG, as PhysioNet lays them out.
#pragma once

#include "data_prep/source.h"
#include "io/dicom.h"
#include "text/impression.h"

namespace cxr {

struct MimicOptions {
  std::filesystem::path root;    ///< holds files/p10/p10000032/s50414267/….{jpg,dcm,dcm.gz}
  std::filesystem::path tables;  ///< holds mimic-cxr-2.0.0-{metadata,split,chexpert,negbio}.csv[.gz]; empty: the root
  std::filesystem::path reports; ///< holds files/p10/p10000032/s50414267.txt, or is the zip of it; empty: the root
  std::string split = "all";     ///< train, validate, test or all
  std::string view = "frontal";
  std::string label_source; ///< chexpert or negbio; empty: chexpert where its table is there, else no labels
  SectionsRule sections = SectionsRule::kMimic;
  DicomRule dicom = DicomRule::kEqualize;
};

/// The images of the metadata table whose view and split are asked for. Tables are joined by the names of their columns; a study
/// without a row of labels has none mentioned. A study without a report has an empty one.
/// @throws InputError (file:line, column)
Source mimic_source(const MimicOptions& options);

} // namespace cxr
