#include "experiments/prompt_list.h"

#include "core/digest.h"
#include "core/error.h"
#include "core/utf8.h"
#include "data/text_set.h"
#include "io/mapped_file.h"

namespace cxr {
namespace {

constexpr std::string_view kHdf5Start = "\x89HDF\r\n\x1a\n";

std::vector<std::string> read_lines(const FileBytes& file) {
  std::vector<std::string> lines;
  auto text = file.text();
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (!is_utf8(line) || line.find('\0') != std::string_view::npos) {
      throw InputError(file.name, fmt::format("line {}", number), "UTF-8 without U+0000", "other bytes");
    }
    lines.emplace_back(line);
  }
  if (lines.empty()) throw InputError(file.name, "", "a prompt a line", "blank lines alone");
  return lines;
}

} // namespace

std::vector<std::string> read_prompts(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) {
    const auto file = map_file(path);
    if (!file.text().starts_with(kHdf5Start)) return read_lines(file);
  }
  const TextSet set(path);
  return set.texts(0, set.size());
}

std::string PromptList::id(std::int64_t sample) const { return fmt::format("p{:04}-{:04}", sample / images_, sample % images_); }

Columns PromptList::columns(Batch batch) const {
  std::vector<std::string> ids, prompts;
  for (auto sample = batch.begin; sample < batch.end(); ++sample) {
    ids.push_back(id(sample));
    prompts.push_back(prompt(sample));
  }
  return {{"ids", std::move(ids)}, {"prompts", std::move(prompts)}};
}

std::string PromptList::digest() const {
  std::string all;
  for (const auto& prompt : prompts_)
    all += fmt::format("{}:{}", prompt.size(), prompt); // lengths, so that none runs into the next
  return sha256(all);
}

} // namespace cxr
