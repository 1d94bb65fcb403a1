#include "text/added_tokens.h"

#include "text/unicode.h"
#include "text/utf8.h"

namespace cxr {
namespace {

std::uint8_t first_byte(const AddedToken& token) { return static_cast<std::uint8_t>(token.content[0]); }

bool ends_with_word(std::string_view text) {
  auto end = text.size();
  return end > 0 && unicode::is_word_character(utf8::previous(text, end));
}

bool starts_with_word(std::string_view text) {
  std::size_t at = 0;
  return !text.empty() && unicode::is_word_character(utf8::next(text, at));
}

// Where the blanks at the text's end begin.
std::size_t trailing_blanks(std::string_view text) {
  auto end = text.size();
  while (end > 0) {
    auto start = end;
    if (!unicode::is_space(utf8::previous(text, start))) break;
    end = start;
  }
  return end;
}

std::size_t leading_blanks(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    auto at = end;
    if (!unicode::is_space(utf8::next(text, at))) break;
    end = at;
  }
  return end;
}

} // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::erase_if(tokens_, [](const AddedToken& token) { return token.content.empty(); });
  std::ranges::stable_sort(tokens_, [](const AddedToken& a, const AddedToken& b) {
    return first_byte(a) != first_byte(b) ? first_byte(a) < first_byte(b) : a.content.size() > b.content.size();
  });
  for (const auto& token : tokens_) {
    first_bytes_.set(first_byte(token));
    ++begin_[first_byte(token) + 1U];
  }
  for (std::size_t byte = 0; byte < 256; ++byte) begin_[byte + 1] += begin_[byte];
}

const AddedToken* AddedTokens::match_at(std::string_view text, std::size_t at) const {
  const auto byte = static_cast<std::uint8_t>(text[at]);
  for (auto i = begin_[byte]; i < begin_[byte + 1U]; ++i) {
    if (text.substr(at).starts_with(tokens_[i].content)) return &tokens_[i];
  }
  return nullptr;
}

void AddedTokens::split(std::string_view text, std::vector<Piece>& pieces) const {
  pieces.clear();
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto* token = first_bytes_[static_cast<std::uint8_t>(text[at])] ? match_at(text, at) : nullptr;
    if (token == nullptr) {
      ++at;
      continue;
    }
    auto start = at, stop = at + token->content.size();
    at = stop; // of what is no word of its own, nothing is looked at again
    if (token->single_word && (ends_with_word(text.substr(0, start)) || starts_with_word(text.substr(stop)))) continue;
    if (token->lstrip) start = std::max(trailing_blanks(text.substr(0, start)), done);
    if (token->rstrip) stop += leading_blanks(text.substr(stop));
    if (done < start) pieces.push_back({text.substr(done, start - done), -1});
    pieces.push_back({text.substr(start, stop - start), token->id});
    done = stop;
  }
  if (done < text.size()) pieces.push_back({text.substr(done), -1});
}

} // namespace cxr
