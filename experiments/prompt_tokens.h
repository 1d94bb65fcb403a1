/// @file
/// Prompts as the ids that a text encoder reads.
#pragma once

#include <torch/types.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "text/tokenizer.h"

namespace cxr {

class PromptTokens {
 public:
  /// @param learned how many of the tokenizer's last ids are one learned embedding's: where a prompt has the first of them, the
  ///   others follow (diffusers: maybe_convert_prompt)
  /// @param limit the most ids a prompt, special ones included
  PromptTokens(std::unique_ptr<Tokenizer> tokenizer, std::int64_t learned, std::int64_t limit);

  std::int64_t limit() const { return limit_; }
  /// What is read of a prompt: begin, its ids, end. @return int64 [1,n], n ≤ limit
  at::Tensor ids(std::string_view prompt) const;
  /// The same, padded to the limit with the tokenizer's padding token, or its end token if it has none. @return int64 [1,limit]
  at::Tensor padded_ids(std::string_view prompt) const;
  /// What is not read of a prompt of too many tokens: its end, from the word in which the limit falls. Empty if all of it is read.
  std::string_view cut_from(std::string_view prompt) const;

 private:
  std::vector<std::int32_t> expanded(std::string_view prompt) const;
  bool fits(std::string_view prompt) const;

  std::unique_ptr<Tokenizer> tokenizer_;
  std::int32_t first_learned_, end_learned_;
  std::int64_t limit_;
};

/// Warns of each prompt of too many tokens (the first ten), saying what is not read of it.
void tell_cut(const PromptTokens& tokens, const std::set<std::string>& prompts);

} // namespace cxr
