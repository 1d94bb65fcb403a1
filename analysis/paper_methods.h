/// @file
/// How the paper's tables of generated images name one method. A study names its methods as Table 4 does (analysis/published.json:
/// table4_fid), where there are eleven; Table 5 has six, under names of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cxr {

/// The method that the others are compared with.
inline constexpr std::string_view kOriginalMethod = "Stable Diffusion";

/// How Table 4's prompts are headed. @param prompt a key of Generation::prompts
std::string table4_column(std::string_view prompt);

/// A row of Table 5, and whether it is certain that Table 4's method is meant.
struct Table5Name {
  std::string_view row;
  std::string_view doubt; ///< a sentence that says why it is not, for a note; empty if it is certain
};

/// Table 5's name of a method of Table 4, if it has one.
///
///     Table 4                                           Table 5
///     Stable Diffusion                                  Original Model
///     CXR-BERT-specialized, document-level projection   Textual Projection (Doc.)
///     CXR-BERT-specialized, token-level projection      Textual Projection (Token)
///     Token embedding, object, radiology                Textual Inversion, or
///     Token embedding, style, radiology                 Textual Inversion
///     U-Net, no findings and abnormality                U-Net, no prior
///     U-Net, no findings and abnormality with prior     U-Net, with prior
///
/// Table 5 compares images of both prompts, and of the token embeddings only the two "radiology" ones have a distance for the
/// positive prompt; the paper does not say which of them it is, so its values stand beside either. "No prior" is read as the U-Net
/// that differs from "with prior" in nothing else; the one that was trained on no findings alone has no row.
std::optional<Table5Name> table5_name(std::string_view table4_name);

} // namespace cxr
