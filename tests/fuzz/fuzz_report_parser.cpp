#include "core/error.h"
#include "text/impression.h"

using namespace cxr;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The study's number, a line feed, the report; in a block of just that size, so that the address sanitizer sees a read past it.
  const std::vector<char> block(reinterpret_cast<const char*>(data), reinterpret_cast<const char*>(data) + size);
  const std::string_view input(block.data(), block.size());
  const auto end = std::min(input.find('\n'), input.size());
  const auto study = input.substr(0, end), report = input.substr(std::min(end + 1, input.size()));
  for (const auto rule : {SectionsRule::kMimic, SectionsRule::kFixed}) {
    const auto sections = parse_sections(report, rule);
    std::size_t total = 0;
    for (const auto& section : sections) total += section.text.size();
    if (total > report.size()) throw LogicError("sections hold more than the report");
    if (impression_of(report, study, rule).size() > report.size()) throw LogicError("an impression longer than its report");
  }
  return 0;
}
