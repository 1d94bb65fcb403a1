#include "analysis/paper_methods.h"

namespace cxr {
namespace {

constexpr std::string_view kWhichInversion =
    "Table 5's \"Textual Inversion\" is one of Table 4's two radiology embeddings, and the paper does not say which: its values "
    "stand "
    "beside either.";
constexpr std::string_view kWhichUnet =
    "Table 5's \"U-Net, no prior\" is taken to be the U-Net trained on no findings and abnormality, which the one with prior "
    "differs "
    "from in nothing else; the paper does not say so.";

const std::map<std::string_view, Table5Name> kTable5Names = {
    {kOriginalMethod, {"Original Model", ""}},
    {"CXR-BERT-specialized, document-level projection", {"Textual Projection (Doc.)", ""}},
    {"CXR-BERT-specialized, token-level projection", {"Textual Projection (Token)", ""}},
    {"Token embedding, object, radiology", {"Textual Inversion", kWhichInversion}},
    {"Token embedding, style, radiology", {"Textual Inversion", kWhichInversion}},
    {"U-Net, no findings and abnormality", {"U-Net, no prior", kWhichUnet}},
    {"U-Net, no findings and abnormality with prior", {"U-Net, with prior", ""}}};

} // namespace

std::string table4_column(std::string_view prompt) {
  if (prompt == "negative") return "A photo of a lung xray";
  if (prompt == "positive") return "A photo of a lung xray with a visible pleural effusion";
  return "A photo in the style of a lung xray";
}

std::optional<Table5Name> table5_name(std::string_view table4_name) {
  const auto found = kTable5Names.find(table4_name);
  if (found == kTable5Names.end()) return std::nullopt;
  return found->second;
}

} // namespace cxr
