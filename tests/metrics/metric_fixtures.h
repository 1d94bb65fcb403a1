/// @file
/// tests/fixtures/metrics.json and retrieval.json: inputs and what the reference libraries give for them (make_metric_fixtures.py,
/// make_retrieval_fixtures.py).
#pragma once

#include <torch/types.h>

#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace cxr::test {

inline nlohmann::json metric_fixtures(const std::string& section, const std::string& name = "metrics.json") {
  std::ifstream file(std::string(CXR_FIXTURES) + "/" + name);
  return nlohmann::json::parse(file).at(section);
}

/// Nested lists of numbers as a float64 tensor of that shape.
inline at::Tensor tensor_of(const nlohmann::json& lists) {
  if (lists.front().is_number()) return at::tensor(lists.get<std::vector<double>>(), at::kDouble);
  std::vector<at::Tensor> rows;
  for (const auto& list : lists) rows.push_back(tensor_of(list));
  return at::stack(rows);
}

inline at::Tensor image_of(const nlohmann::json& lists) { return tensor_of(lists).to(at::kByte); }

} // namespace cxr::test
