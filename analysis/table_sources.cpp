#include "analysis/table_sources.h"

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

std::vector<fs::path> paths_of(const Method& method, const std::string& id) {
  std::vector<fs::path> paths = {method.generate};
  const auto append = [&](const std::vector<fs::path>& more) { paths.insert(paths.end(), more.begin(), more.end()); };
  if (id.starts_with("table5") && !method.classify.empty()) paths.push_back(method.classify);
  if (id.starts_with("table4") || id.starts_with("measures")) append(method.fid);
  if (id.starts_with("measures")) append(method.diversity);
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
    if (has_row(table, method.name)) sources.push_back({method.name, paths_of(method, table.id)});
  }
  return sources;
}

} // namespace cxr
