#include "analysis/table_sources.h"

#include "analysis/diversity_result.h"
#include "analysis/fid_result.h"
#include "analysis/retrieval_table.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> paths_of(const Arm& arm, const std::string& id) {
  if (id == "fid") return {arm.fid};
  if (id == "quality") return {arm.images, arm.reconstruct, arm.classify_original, arm.classify_reconstruction};
  return {arm.images, arm.classify_original, arm.classify_reconstruction};
}

std::vector<TableSource> text_sources(const Study& study) {
  std::vector<TableSource> sources;
  for (const auto& encoder : study.encoders) {
    sources.push_back({encoder.name, {}});
    for (const auto& run : encoder.runs) {
      if (!run.retrieve.empty()) sources.back().paths.push_back(run.retrieve);
    }
  }
  return sources;
}

/// The prompt, in the method's own words, that a table of further measures is of.
std::string prompt_of(const Generation& asked, const std::string& id) {
  const auto is_of = [&](const Generation::Prompt& prompt) { return id == "measures_" + prompt.key; };
  const auto prompt = std::ranges::find_if(asked.prompts, is_of);
  return prompt == asked.prompts.end() ? "" : prompt->text;
}

std::vector<fs::path> paths_of(const Method& method, const Generation& asked, const std::string& id) {
  std::vector<fs::path> paths = {method.generate};
  if (id.starts_with("table5") && !method.classify.empty()) paths.push_back(method.classify);
  if (id.starts_with("table5")) return paths;
  const auto prompt = prompt_of(asked, id);
  for (const auto& path : method.fid) {
    const FidResult fid(path);
    if (prompt.empty() ? !fid.is_xrv() : fid.prompt() == prompt) paths.push_back(path);
  }
  for (const auto& path : method.diversity) {
    if (!prompt.empty() && DiversityResult(path).prompt() == prompt) paths.push_back(path);
  }
  return paths;
}

bool has_row(const Table& table, const std::string& label) {
  return std::ranges::find(table.rows, label, &Row::label) != table.rows.end();
}

} // namespace

std::vector<TableSource> table_sources(const Study& study, const Table& table) {
  if (table.id == "table2" || table.id == "table3") {
    auto sources = text_sources(study);
    if (table.id == "table3" && !study.bag_of_words.empty()) sources.push_back({kBagOfWords, {study.bag_of_words}});
    return sources;
  }
  if (const auto arm = std::ranges::find(study.arms, table.arm, &Arm::name); arm != study.arms.end())
    return {{arm->name, paths_of(*arm, table.id)}};
  std::vector<TableSource> sources;
  for (const auto& method : study.methods) {
    if (has_row(table, method.name))
      sources.push_back({method.name, paths_of(method, study.generation.asked_of(method), table.id)});
  }
  return sources;
}

} // namespace cxr
