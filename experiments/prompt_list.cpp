#include "experiments/prompt_list.h"

#include "data/text_set.h"
#include "experiments/provenance.h"
#include "experiments/text_lines.h"

namespace cxr {
namespace {

constexpr std::string_view kHdf5Start = "\x89HDF\r\n\x1a\n";

std::vector<std::string> read_lines(const FileBytes& file) {
  std::vector<std::string> prompts;
  for (auto& line : text_lines(file, "a prompt")) prompts.push_back(std::move(line.text));
  return prompts;
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

std::string PromptList::digest() const { return texts_digest(prompts_); }

} // namespace cxr
