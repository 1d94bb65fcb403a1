#include "experiments/prompt_texts.h"

namespace cxr {
namespace {

constexpr std::int64_t kTextsARead = 8192;

} // namespace

PromptTexts::PromptTexts(const TextSet& set, std::int64_t begin, std::int64_t count) {
  begins_.reserve(static_cast<std::size_t>(count) + 1);
  for (const auto end = begin + count; begin < end; begin += kTextsARead) {
    for (const auto& text : set.texts(begin, std::min(kTextsARead, end - begin))) {
      bytes_ += text;
      begins_.push_back(bytes_.size());
    }
  }
}

std::string_view PromptTexts::operator[](std::int64_t text) const {
  const auto begin = begins_[static_cast<std::size_t>(text)], end = begins_[static_cast<std::size_t>(text) + 1];
  return std::string_view(bytes_).substr(begin, end - begin);
}

} // namespace cxr
