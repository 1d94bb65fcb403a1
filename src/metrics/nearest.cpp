#include "metrics/nearest.h"

#include "core/error.h"

namespace cxr {
namespace {

/// What enters the matrix product: bytes about their middle, where their products cancel least, as float32; others as float64.
at::Tensor operands(const at::Tensor& rows) {
  return rows.scalar_type() == at::kByte ? rows.to(at::kFloat).sub_(128) : rows.to(at::kDouble);
}

at::Tensor squared_norms(const at::Tensor& rows) { return rows.square().sum(1, /*keepdim=*/true, at::kDouble); } // [n,1]

/// How far a squared distance by the matrix product may be off, as a share of both squared norms: sums of D products in float32 or
/// float64 are good to about √D roundings, and D is below 2^20.
double slack_share(const at::Tensor& rows) { return rows.scalar_type() == at::kByte ? 6e-5 : 1e-12; }

double squared_distance(const at::Tensor& a, const at::Tensor& b) {
  const auto exact = a.scalar_type() == at::kByte ? at::kInt : at::kDouble; // squares of bytes add up without rounding
  return (a.to(exact) - b.to(exact)).square().sum().to(at::kDouble).item<double>();
}

} // namespace

NearestSearch::NearestSearch(const at::Tensor& queries, std::vector<std::int64_t> own)
    : queries_(queries.contiguous()),
      operands_(operands(queries)),
      norms_(squared_norms(operands_)),
      own_(std::move(own)),
      found_(static_cast<std::size_t>(queries.size(0))) {
  expects(queries.dim() == 2, "nearest: queries are [n,D]");
  expects(own_.empty() || own_.size() == found_.size(), "nearest: each query has a number or none has");
}

void NearestSearch::offer(const at::Tensor& candidates, std::int64_t first) {
  expects(candidates.dim() == 2 && candidates.size(1) == queries_.size(1), "nearest: candidates are [m,{}]", queries_.size(1));
  expects((candidates.scalar_type() == at::kByte) == (queries_.scalar_type() == at::kByte), "nearest: bytes among bytes");
  if (candidates.size(0) == 0) return;
  const auto others = operands(candidates);
  const auto norms = norms_ + squared_norms(others).t(); // [n,m]
  const auto estimates = (norms - 2 * operands_.mm(others.t()).to(at::kDouble)).contiguous();
  const auto slack = (slack_share(candidates) * norms).contiguous();
  for (std::size_t query = 0; query < found_.size(); ++query) {
    const auto row = static_cast<std::int64_t>(query) * candidates.size(0);
    offer_to(query, candidates, first, estimates.const_data_ptr<double>() + row, slack.const_data_ptr<double>() + row);
  }
}

void NearestSearch::offer_to(std::size_t query, const at::Tensor& candidates, std::int64_t first, const double* estimates,
                             const double* slack) {
  const auto is_own = [&](std::int64_t i) { return !own_.empty() && own_[query] == first + i; };
  auto& nearest = found_[query];
  double reach = nearest.squared; // the nearest lies within it
  for (std::int64_t i = 0; i < candidates.size(0); ++i) {
    if (!is_own(i)) reach = std::min(reach, estimates[i] + slack[i]);
  }
  for (std::int64_t i = 0; i < candidates.size(0); ++i) {
    if (estimates[i] - slack[i] > reach || is_own(i)) continue;
    nearest = std::min(nearest, {first + i, squared_distance(queries_[static_cast<std::int64_t>(query)], candidates[i])});
  }
}

void NearestSearch::merge(const std::vector<Nearest>& others) {
  expects(others.size() == found_.size(), "nearest: answers of the same queries");
  std::transform(found_.begin(), found_.end(), others.begin(), found_.begin(),
                 [](const Nearest& a, const Nearest& b) { return std::min(a, b); });
}

} // namespace cxr
