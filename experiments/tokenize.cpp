/// @file
/// The ids that a text encoder would read.
///
///     cxr tokenize --tokenizer stable-diffusion-v1-4 --text prompts.txt > ids.txt
///
/// One line of ids, with the special tokens, for each line of the file. A line ends at a line feed and nowhere else, so a carriage
/// return is part of the text; the last line may lack its line feed.
#include <cstdio>

#include "core/error.h"
#include "experiments/commands.h"
#include "io/mapped_file.h"
#include "text/tokenizer.h"

namespace cxr {
namespace {

struct TokenizeOptions {
  std::filesystem::path tokenizer, text;
};

int tokenize(const TokenizeOptions& options) {
  const auto tokenizer = load_tokenizer(options.tokenizer);
  const auto file = map_file(options.text);
  auto text = file.text();
  fmt::memory_buffer lines;
  const auto print = [&] {
    if (std::fwrite(lines.data(), 1, lines.size(), stdout) != lines.size()) throw std::runtime_error("stdout: cannot write");
    lines.clear();
  };
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    fmt::format_to(std::back_inserter(lines), "{}\n", fmt::join(tokenizer->encode_with_special(text.substr(0, end)), " "));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (lines.size() > 1 << 16) print();
  }
  print();
  return kDone;
}

} // namespace

Subcommand tokenize_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("tokenize", "Print the ids of texts, with the special tokens, uncut and unpadded");
  auto options = std::make_shared<TokenizeOptions>();
  app->add_option("--tokenizer", options->tokenizer, "a tokenizer's or a model's folder (docs/models.md)")->required();
  app->add_option("--text", options->text, "a text a line; lines end at a line feed alone")->required();
  return {app, [options] { return tokenize(*options); }};
}

} // namespace cxr
