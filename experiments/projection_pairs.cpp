#include "experiments/projection_pairs.h"

namespace cxr {

PromptPairs::PromptPairs(PromptTexts texts, PromptEncoder& source, PromptEncoder& clip, std::optional<Extraction> extraction,
                         TokenPairing pairing)
    : texts_(std::move(texts)), source_(source), clip_(clip), extraction_(extraction), pairing_(pairing) {}

std::string PromptPairs::name(std::int64_t sample) const { return prompt_name(texts_[sample]); }

ProjectionPairs PromptPairs::pairs(std::span<const std::int64_t> samples) {
  std::vector<std::string_view> prompts;
  for (const auto sample : samples) prompts.push_back(texts_[sample]);
  if (extraction_) return {source_.documents(prompts, *extraction_), clip_.documents(prompts, Extraction::kPooler), {}};
  auto source = source_.tokens(prompts);
  const auto clip = clip_.tokens(prompts);
  auto paired = pair_tokens(pairing_, clip.states, clip.lengths, source.lengths, source.states.size(1));
  return {std::move(source.states), std::move(paired.target), std::move(paired.weight)};
}

std::string prompt_name(std::string_view prompt) {
  constexpr std::size_t kShown = 60;
  if (prompt.size() <= kShown) return fmt::format("\"{}\"", prompt);
  auto end = kShown;
  while (end > 0 && (static_cast<unsigned char>(prompt[end]) & 0xC0) == 0x80) --end; // no code point is cut in two
  return fmt::format("\"{}…\"", prompt.substr(0, end));
}

} // namespace cxr
