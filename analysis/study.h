/// @file
/// A study: the runs that its tables and figures are made of, named by a small file, study.toml.
///
///     [study]                                       # optional, as is each key: what `cxr report` says of all of it
///     title = "Chambon et al. 2022"
///     notice = ""                                   # a sentence that must be the report's first line: "This is a toy: …"
///     private = true                                # credentialed data: by default no images and no identifiers in the report
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
///     [generation]                                  # with [[method]]: Tables 4 and 5, Figures 1 and 4
///     finding = "Pleural Effusion"                  # whose presence Table 5's classifier tells: a label of Table 1
///     negative = "a photo of a lung xray"           # the prompts, as the runs' /prompts have them
///     positive = "a photo of a lung xray with visible pleural effusion"
///     style = "a photo in the style of a lung xray" # optional: the third column of Table 4
///     note = "Toy models"                           # optional: a sentence for below these tables
///
///     [[method]]
///     name = "Stable Diffusion"                     # as the paper calls it, for its values (analysis/paper_methods.h)
///     generate = "runs/generate-original"           # a merged run of `cxr generate` that holds both prompts
///     classify = "runs/classify-generated"          # optional: `cxr classify` over that run
///     fid = ["fid-negative.json", "fid-positive.json"]  # optional: what `cxr fid --prompt` wrote, a prompt a file, by
///                                                       # Inception or a DenseNet: the files say which
///     diversity = ["diversity-negative.json", "diversity-positive.json"] # optional: what `cxr diversity --prompt` wrote
///     negative = "a photo of a <lung-xray>"         # optional: this method's own words for a prompt (learned tokens), as its
///                                                   # run and files have them; positive and style likewise
///
/// Paths are relative to the study's folder. There may be several arms, encoders and methods, and each kind may be missing.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
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

struct Method;

/// What the methods were asked to draw. A prompt has a key: "negative", "positive", "style".
struct Generation {
  struct Prompt {
    std::string key, text;
  };
  std::string finding;         ///< a label of analysis/findings.h
  std::vector<Prompt> prompts; ///< negative, positive and, if the study has it, style
  std::string note;            ///< for the tables of generated images; empty if there is none

  /// The same with a method's own words where it has some.
  Generation asked_of(const Method& method) const;
  /// The number of the prompt with this text, if it is one of them.
  std::optional<std::size_t> find(const std::string& text) const;
};

inline constexpr std::size_t kNegativePrompt = 0, kPositivePrompt = 1;

/// One way to adapt the model, with what was measured of its images.
struct Method {
  std::string name; ///< unique in the study
  std::filesystem::path generate;
  std::filesystem::path classify; ///< empty if there is none
  std::vector<std::filesystem::path> fid, diversity;
  std::map<std::string, std::string> own_prompts; ///< by key; the study's text stands where there is none
};

struct Study {
  std::filesystem::path folder;
  std::string title, notice; ///< empty if there is none
  bool is_private = false;
  std::vector<Arm> arms;
  std::vector<Encoder> encoders;
  std::filesystem::path bag_of_words; ///< a run of `cxr retrieve --bag-of-words`; empty if there is none
  Generation generation;              ///< without prompts if there are no methods
  std::vector<Method> methods;
};

/// Reads study.toml of a folder. @throws InputError (file, key, expected, found), also for keys that it does not know
Study read_study(const std::filesystem::path& folder);

} // namespace cxr
