#include "text/byte_bpe.h"

#include "text/byte_level.h"

namespace cxr {

ByteBpe::ByteBpe(const TokenizerSpec& spec)
    : WordTokenizer(spec),
      merges_(spec.vocabulary, spec.merges, spec.byte_pairs, spec.merges_file),
      add_prefix_space_(spec.byte_pairs.add_prefix_space) {
  set_added_tokens(spec.added);
}

std::string_view ByteBpe::normalise(std::string_view text, std::string& /*storage*/) const { return text; }

void ByteBpe::split_words(std::string_view normalised, Words& words) const {
  std::string with_blank;
  if (add_prefix_space_ && !normalised.starts_with(' ')) normalised = with_blank = fmt::format(" {}", normalised);
  for (std::size_t at = 0; at < normalised.size();) {
    const auto end = end_of_gpt2_word(normalised, at);
    words.add(normalised.substr(at, end - at));
    at = end;
  }
}

} // namespace cxr
