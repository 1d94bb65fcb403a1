#include "text/wordpiece_tokenizer.h"

#include "core/utf8.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace cxr {
namespace {

constexpr char32_t kReplacement = 0xfffd;

bool is_blank_control(char32_t c) { return c == '\t' || c == '\n' || c == '\r'; }

// The blocks that the reference calls Chinese: CJK ideographs and their compatibility forms.
bool is_chinese(char32_t c) {
  constexpr std::pair<char32_t, char32_t> kBlocks[] = {{0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xf900, 0xfaff},
                                                       {0x20000, 0x2a6df}, {0x2a700, 0x2b73f}, {0x2b740, 0x2b81f},
                                                       {0x2b920, 0x2ceaf}, {0x2f800, 0x2fa1f}};
  return std::ranges::any_of(kBlocks, [c](const auto& block) { return c >= block.first && c <= block.second; });
}

bool is_removed(char32_t c) { return c == 0 || c == kReplacement || (!is_blank_control(c) && unicode::is_other(c)); }

} // namespace

WordPieceTokenizer::WordPieceTokenizer(const TokenizerSpec& spec)
    : WordTokenizer(spec), options_(spec.word_piece), unknown_(spec.special.unknown), first_pieces_(spec.vocabulary) {
  for (const auto& [token, id] : first_pieces_) {
    longest_piece_ = std::max(longest_piece_, token.size());
    if (token.starts_with(options_.prefix)) later_pieces_.emplace(token.substr(options_.prefix.size()), id);
  }
  set_added_tokens(spec.added);
}

std::string_view WordPieceTokenizer::normalise(std::string_view text, std::string& storage) const {
  storage.clear();
  if (utf8::is_ascii(text)) {
    normalise_ascii(text, storage);
  } else {
    storage = strip_accents_and_case(clean(text));
  }
  return storage;
}

// What the general path does, where no accent and no ideograph can stand.
void WordPieceTokenizer::normalise_ascii(std::string_view text, std::string& result) const {
  for (const char c : text) {
    const bool is_control = (c >= 0 && c < ' ') || c == 0x7f;
    if (options_.clean_text && is_control) {
      if (is_blank_control(static_cast<unsigned char>(c))) result += ' ';
    } else if (options_.lowercase && c >= 'A' && c <= 'Z') {
      result += static_cast<char>(c - 'A' + 'a');
    } else {
      result += c;
    }
  }
}

std::string WordPieceTokenizer::clean(std::string_view text) const {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = utf8::next(text, at);
    if (options_.clean_text && is_removed(c)) continue;
    if (options_.clean_text && unicode::is_space(c)) {
      result += ' ';
    } else if (options_.handle_chinese_chars && is_chinese(c)) {
      result += ' ';
      utf8::append(result, c);
      result += ' ';
    } else {
      utf8::append(result, c);
    }
  }
  return result;
}

std::string WordPieceTokenizer::strip_accents_and_case(std::string_view text) const {
  const auto decomposed = options_.strip_accents ? unicode::nfd(text) : std::string(text);
  std::string result;
  for (std::size_t at = 0; at < decomposed.size();) {
    const auto c = utf8::next(decomposed, at);
    if (options_.strip_accents && unicode::is_nonspacing_mark(c)) continue;
    if (options_.lowercase) {
      unicode::append_lower(result, c);
    } else {
      utf8::append(result, c);
    }
  }
  return result;
}

// Words stand between blanks; each punctuation mark is a word.
void WordPieceTokenizer::split_words(std::string_view normalised, Words& words) const {
  std::size_t begin = 0;
  const auto end_word = [&](std::size_t end) {
    if (begin < end) words.add(normalised.substr(begin, end - begin));
  };
  for (std::size_t at = 0; at < normalised.size();) {
    const auto start = at;
    const auto c = utf8::next(normalised, at);
    const bool is_mark = unicode::is_punctuation(c);
    if (!is_mark && !unicode::is_space(c)) continue;
    end_word(start);
    if (is_mark) words.add(normalised.substr(start, at - start));
    begin = at;
  }
  end_word(normalised.size());
}

void WordPieceTokenizer::encode_word(std::string_view word, std::vector<std::int32_t>& ids) const {
  const auto before = ids.size();
  const auto refuse = [&] {
    ids.resize(before);
    ids.push_back(unknown_);
  };
  const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  if (count_code_points(word) > options_.max_characters) return refuse();
  while (!word.empty()) {
    const auto& pieces = ids.size() == before ? first_pieces_ : later_pieces_;
    std::int32_t id = -1;
    auto length = word.size();
    for (; length > 0; --length) {
      if (length < word.size() && !is_start(word[length])) continue;
      if (length <= longest_piece_ && (id = find_token(pieces, word.substr(0, length))) >= 0) break;
    }
    if (id < 0) return refuse();
    ids.push_back(id);
    word.remove_prefix(length);
  }
}

} // namespace cxr
