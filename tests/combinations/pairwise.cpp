#include "combinations/pairwise.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <stdexcept>

namespace cxr::combinations {
namespace {

constexpr int kTries = 50;      ///< rows begun anew before a pair, or a random row, counts as impossible
constexpr int kCandidates = 40; ///< rows that are drawn, of which the one with most new pairs is taken

using Random = std::mt19937_64;

/// The pairs of values that no row has yet.
class OpenPairs {
 public:
  explicit OpenPairs(const std::vector<int>& values) : first_(values.size()) {
    int count = 0;
    for (std::size_t factor = 0; factor < values.size(); ++factor) first_[factor] = count, count += values[factor];
    count_ = count;
    is_open_.assign(static_cast<std::size_t>(count) * static_cast<std::size_t>(count), false);
  }
  bool is_open(std::size_t f, int v, std::size_t g, int w) const { return is_open_[at(f, v, g, w)]; }
  void set(std::size_t f, int v, std::size_t g, int w, bool open) {
    is_open_[at(f, v, g, w)] = open;
    is_open_[at(g, w, f, v)] = open;
  }
  /// How many open pairs a value has with those that a row has chosen.
  int gained(const Row& row, std::size_t factor, int value) const {
    int gained = 0;
    for (std::size_t other = 0; other < row.size(); ++other) {
      if (other != factor && row[other] != kOpen && is_open(factor, value, other, row[other])) ++gained;
    }
    return gained;
  }
  int gained(const Row& row) const {
    int gained_twice = 0;
    for (std::size_t factor = 0; factor < row.size(); ++factor) gained_twice += gained(row, factor, row[factor]);
    return gained_twice / 2;
  }
  void close(const Row& row) {
    for (std::size_t f = 0; f < row.size(); ++f) {
      for (std::size_t g = f + 1; g < row.size(); ++g) set(f, row[f], g, row[g], false);
    }
  }

 private:
  std::size_t at(std::size_t f, int v, std::size_t g, int w) const {
    return static_cast<std::size_t>(first_[f] + v) * static_cast<std::size_t>(count_) + static_cast<std::size_t>(first_[g] + w);
  }
  std::vector<int> first_; ///< number of each factor's first value
  int count_ = 0;
  std::vector<bool> is_open_;
};

/// Chooses the open factors in random order, each the allowed value that `worth` most. @return whether all could be chosen
bool complete(Row& row, const std::vector<int>& values, const IsAllowed& is_allowed,
              const std::function<int(const Row&, std::size_t, int)>& worth, Random& random) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::shuffle(order, random);
  for (const auto factor : order) {
    if (row[factor] != kOpen) continue;
    std::vector<int> candidates(static_cast<std::size_t>(values[factor]));
    std::iota(candidates.begin(), candidates.end(), 0);
    std::ranges::shuffle(candidates, random);
    int best = kOpen, most = -1;
    for (const auto value : candidates) {
      row[factor] = value;
      const int now = worth(row, factor, value);
      if (now > most && is_allowed(row)) best = value, most = now;
    }
    row[factor] = best;
    if (best == kOpen) return false;
  }
  return true;
}

struct Pair {
  std::size_t f, g;
  int v, w;
};

std::vector<Pair> allowed_pairs(const std::vector<int>& values, const IsAllowed& is_allowed) {
  std::vector<Pair> pairs;
  for (std::size_t f = 0; f < values.size(); ++f) {
    for (std::size_t g = f + 1; g < values.size(); ++g) {
      for (int v = 0; v < values[f]; ++v) {
        for (int w = 0; w < values[g]; ++w) {
          Row row(values.size(), kOpen);
          row[f] = v, row[g] = w;
          if (is_allowed(row)) pairs.push_back({f, g, v, w});
        }
      }
    }
  }
  return pairs;
}

} // namespace

PairwiseRows pairwise_rows(const std::vector<int>& values, const IsAllowed& is_allowed, std::uint64_t seed) {
  Random random(seed);
  OpenPairs open(values);
  PairwiseRows found;
  auto pairs = allowed_pairs(values, is_allowed);
  std::ranges::shuffle(pairs, random);
  for (const auto& [f, g, v, w] : pairs) open.set(f, v, g, w, true);
  const auto worth = [&](const Row& row, std::size_t factor, int value) { return open.gained(row, factor, value); };
  for (const auto& pair : pairs) {
    while (open.is_open(pair.f, pair.v, pair.g, pair.w)) {
      Row best;
      int most = 0;
      for (int i = 0; i < std::max(kTries, kCandidates) && (i < kCandidates || best.empty()); ++i) {
        // Each candidate has a pair that is still open; the first few have this one, so that it is not left for ever.
        const auto& [f, g, v, w] =
            i % 4 == 0 ? pair : pairs[std::uniform_int_distribution<std::size_t>(0, pairs.size() - 1)(random)];
        if (!open.is_open(f, v, g, w)) continue;
        Row row(values.size(), kOpen);
        row[f] = v, row[g] = w;
        if (!complete(row, values, is_allowed, worth, random)) continue;
        if (const int gained = open.gained(row); gained > most) most = gained, best = std::move(row);
      }
      if (best.empty()) {
        ++found.impossible;
        open.set(pair.f, pair.v, pair.g, pair.w, false);
        break;
      }
      open.close(best);
      found.rows.push_back(std::move(best));
    }
  }
  found.pairs = std::ssize(pairs) - found.impossible;
  return found;
}

Row random_row(const std::vector<int>& values, const IsAllowed& is_allowed, std::uint64_t seed) {
  Random random(seed);
  for (int i = 0; i < kTries; ++i) {
    Row row(values.size(), kOpen);
    if (complete(
            row, values, is_allowed, [](const Row&, std::size_t, int) { return 0; }, random))
      return row;
  }
  throw std::runtime_error("no allowed combination was found");
}

} // namespace cxr::combinations
