/// @file
/// Wordings of a prompt around a new token (Gal et al. 2022, section 4.2; Chambon et al. 2022, section 2.5: object- and
/// style-oriented prompts with lexical variants).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cxr {

/// The templates of a name, each with {} where the token stands: "object" ("a photo of a {}" and variants), "style" ("a photo in
/// the style of a {}" and variants), or a text file with one a line, in which blank lines do not count.
/// @throws InputError naming the line that has no {} or is no UTF-8, and for a file of blank lines
std::vector<std::string> prompt_templates(const std::string& name_or_file);

/// The template with the token in each place of {}.
std::string filled_template(std::string_view prompt_template, std::string_view token);

} // namespace cxr
