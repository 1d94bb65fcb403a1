#include "analysis/html.h"

#include "core/base64.h"
#include "core/error.h"

namespace cxr {

std::string html_escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string fill_template(std::string_view page, const std::map<std::string, std::string>& values) {
  std::string filled;
  for (;;) {
    const auto begin = page.find("{{"), end = page.find("}}", begin);
    filled += page.substr(0, begin);
    if (begin == std::string_view::npos) return filled;
    expects(end != std::string_view::npos, "a template has {{{{ without }}}}");
    const auto value = values.find(std::string(page.substr(begin + 2, end - begin - 2)));
    expects(value != values.end(), "a template has {{{{{}}}}}, which has no value", page.substr(begin + 2, end - begin - 2));
    filled += value->second;
    page.remove_prefix(end + 2);
  }
}

std::string data_uri(std::string_view type, std::string_view bytes) {
  return fmt::format("data:{};base64,{}", type, base64(bytes));
}

} // namespace cxr
