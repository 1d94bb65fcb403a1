#include "analysis/compare_with_paper.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

fs::path published_file() {
  std::error_code ignored;
  const auto installed =
      fs::read_symlink("/proc/self/exe", ignored).parent_path().parent_path() / CXR_DATA_FOLDER / "published.json";
  return fs::exists(installed, ignored) ? installed : fs::path(CXR_PUBLISHED_JSON);
}

std::optional<double> number_at(const nlohmann::json& root, const nlohmann::json::json_pointer& pointer) {
  if (!root.contains(pointer) || !root.at(pointer).is_number()) return std::nullopt;
  return root.at(pointer).get<double>();
}

} // namespace

Published::Published() : Published(published_file()) {}

std::optional<double> Published::table(const std::string& table, const std::string& row, const std::string& column) const {
  const auto& root = file_.root();
  if (!root.contains(table)) return std::nullopt;
  const auto columns = root.at(table).at("columns").get<std::vector<std::string>>();
  const auto found = std::find(columns.begin(), columns.end(), column);
  if (found == columns.end()) return std::nullopt;
  return number_at(root, nlohmann::json::json_pointer() / table / row / static_cast<std::size_t>(found - columns.begin()));
}

std::optional<double> Published::quality(const std::string& dataset, const std::string& metric,
                                         const std::string& statistic) const {
  return number_at(file_.root(), nlohmann::json::json_pointer() / "vae_quality" / dataset / metric / statistic);
}

std::optional<double> Published::reader_study(const std::string& statistic) const {
  return number_at(file_.root(), nlohmann::json::json_pointer() / "reader_study" / statistic);
}

bool add_published_note(Table& table, const Published& published, const std::string& section) {
  const auto has_published = [](const Row& row) {
    return std::any_of(row.cells.begin(), row.cells.end(), [](const Cell& cell) { return cell.published.has_value(); });
  };
  if (std::none_of(table.rows.begin(), table.rows.end(), has_published)) return false;
  table.notes.push_back(fmt::format("Published values: {}, section {}.", published.source(), section));
  return true;
}

} // namespace cxr
