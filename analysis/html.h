/// @file
/// Text into HTML.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cxr {

/// `text` as the content of an element or of a quoted attribute: & < > " ' are written as references.
std::string html_escape(std::string_view text);

/// `page` with each {{name}} replaced by its value. Values are not searched again, so that they may hold anything.
/// @throws LogicError for a name without a value
std::string fill_template(std::string_view page, const std::map<std::string, std::string>& values);

/// A `data:` URI. @param type "image/png"
std::string data_uri(std::string_view type, std::string_view bytes);

} // namespace cxr
