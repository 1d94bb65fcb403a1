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
///     [[encoder]]
///     name = "CXR-BERT-specialized"                 # as the paper calls it, for its values (analysis/published.json)
///     cls = "runs/retrieve-cxrbert-cls"             # runs of `cxr retrieve` by extraction: cls, mean, pooler, specific;
///     specific = "runs/retrieve-cxrbert-specific"   # one that is absent is None in Table 2
///     embed_cls = "runs/embed-cxrbert-cls"          # optional: the run of `cxr embed` behind it, for the t-SNE figure
///
///     [bag_of_words]                                # optional: the baseline of Table 3
///     retrieve = "runs/retrieve-words"
///
/// Paths are relative to the study's folder. There may be several arms and encoders, and either may be missing.
#pragma once

#include <array>
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

/// What stands for a text, in the order of Table 2.
inline constexpr std::array<const char*, 4> kExtractions = {"cls", "mean", "pooler", "specific"};
/// The same for people.
inline constexpr std::array<const char*, 4> kExtractionHeadings = {"CLS", "Mean", "Pooler", "Model-specific"};

/// One text encoder.
struct Encoder {
  struct Runs {
    std::filesystem::path retrieve, embed; ///< empty where there is none
  };
  std::string name; ///< unique in the study
  std::array<Runs, kExtractions.size()> runs;
};

struct Study {
  std::filesystem::path folder;
  std::vector<Arm> arms;
  std::vector<Encoder> encoders;
  std::filesystem::path bag_of_words; ///< a run of `cxr retrieve --bag-of-words`; empty if there is none
};

/// Reads study.toml of a folder. @throws InputError (file, key, expected, found), also for keys that it does not know
Study read_study(const std::filesystem::path& folder);

} // namespace cxr
