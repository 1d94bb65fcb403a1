#include "analysis/report_view.h"

#include <regex>

#include "data/image_set.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLeftOut = "(text left out)";

/// "No Finding=1".
bool is_label_condition(const std::string& text) {
  const auto equals = text.find('=');
  return equals != std::string::npos && text.size() - equals <= 3 &&
         std::ranges::find(kCheXpertLabels, std::string_view(text).substr(0, equals)) != kCheXpertLabels.end();
}

} // namespace

ReportView::ReportView(const Study& study, bool include_images)
    : folder_(fs::weakly_canonical(study.folder)),
      is_private_(study.is_private),
      shows_images_(include_images || !study.is_private) {
  for (const auto& prompt : study.generation.prompts) prompts_.insert(prompt.text);
  for (const auto& method : study.methods) {
    for (const auto& [key, text] : method.own_prompts) prompts_.insert(text);
  }
}

std::string ReportView::path(const fs::path& path) const {
  const auto relative = path.lexically_normal().lexically_relative(folder_);
  if (relative == ".") return ".";
  if (!relative.empty() && *relative.begin() != "..") return text(relative.string());
  if (!is_private_) return path.string();
  const auto name = path.has_filename() ? path.filename() : path.parent_path().filename();
  return text(name.string());
}

std::string ReportView::argument(const std::string& argument) const {
  const auto equals = argument.find('=');
  if (argument.starts_with("--") && equals != std::string::npos)
    return argument.substr(0, equals + 1) + this->argument(argument.substr(equals + 1));
  if (is_known_text(argument) || argument.find_first_not_of("0123456789") == std::string::npos) return argument; // a seed, say
  if (is_private_ && argument.find_first_of(" \t\n") != std::string::npos) return kLeftOut;
  const bool is_inside = !fs::path(argument).is_absolute() && fs::exists(folder_ / argument);
  if (argument.find('/') != std::string::npos && !is_inside) return path(argument);
  return text(argument);
}

std::string ReportView::text(const std::string& text) const {
  if (!is_private_) return text;
  static const std::regex kIdentifier("(patient|subject|study|[ps])-?[0-9]{5,}|[0-9]{8,}|[0-9a-f]{8}(-[0-9a-f]{8}){4}",
                                      std::regex::icase | std::regex::optimize);
  return std::regex_replace(text, kIdentifier, "(id)");
}

bool ReportView::is_known_text(const std::string& argument) const {
  if (prompts_.contains(argument) || is_label_condition(argument)) return true;
  const auto colon = argument.find(": "); // "No Finding=1: a photo of a lung xray"
  return colon != std::string::npos && is_label_condition(argument.substr(0, colon)) &&
         prompts_.contains(argument.substr(colon + 2));
}

} // namespace cxr
