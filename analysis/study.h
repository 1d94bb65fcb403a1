/// @file
/// A study: the runs that its tables and figures are made of, named by a small file, study.toml.
///
///     [[arm]]
///     dataset = "mimic"                             # mimic (Table 1), chexpert (Table 6) or phantom
///     name = "MIMIC-CXR"                            # optional: what the tables call it
///     images = "mimic.h5"                           # the originals, with labels
///     reconstruct = "runs/reconstruct"              # runs of `cxr reconstruct` and `cxr classify`
///     classify_original = "runs/classify-original"
///     classify_reconstruction = "runs/classify-reconstruction"
///     fid = "fid.json"                              # optional: what `cxr fid --json` printed
///
/// Paths are relative to the study's folder. There may be several arms.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cxr {

/// One data set that was reconstructed and classified.
struct Arm {
  std::string dataset; ///< "mimic", "chexpert" or "phantom"
  std::string name;    ///< as people read it; unique in the study
  std::filesystem::path images, reconstruct, classify_original, classify_reconstruction;
  std::filesystem::path fid; ///< empty if there is none
};

struct Study {
  std::filesystem::path folder;
  std::vector<Arm> arms; ///< at least one
};

/// Reads study.toml of a folder. @throws InputError (file, key, expected, found), also for keys that it does not know
Study read_study(const std::filesystem::path& folder);

} // namespace cxr
