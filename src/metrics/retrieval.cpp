#include "metrics/retrieval.h"

#include <limits>
#include <numeric>
#include <unordered_map>

#include <ATen/Parallel.h>

#include "core/error.h"

namespace cxr {
namespace {

constexpr std::int64_t kQueryRows = 128, kColumns = 4096; // of a block of similarities: 2 MiB, which a core's caches hold

/// The `count` largest of a row's numbers, offered in the order of their groups; of equal ones the first stay.
class Largest {
 public:
  explicit Largest(std::int64_t count) : values_(count, -std::numeric_limits<float>::infinity()), groups_(count, -1) {}

  void offer(const float* values, std::int64_t first, std::int64_t count) {
    constexpr std::int64_t kAtOnce = 64;
    for (std::int64_t begin = 0; begin < count; begin += kAtOnce) {
      const auto end = std::min(begin + kAtOnce, count);
      const float least = values_.back();
      int larger = 0;
      for (auto i = begin; i < end; ++i) larger |= values[i] > least;
      if (!larger) continue; // nearly always
      for (auto i = begin; i < end; ++i) {
        if (values[i] > values_.back()) insert(values[i], first + i);
      }
    }
  }

  /// Largest first; -1 where fewer were offered.
  const std::vector<std::int64_t>& groups() const { return groups_; }
  float value(std::size_t place) const { return values_[place]; }

 private:
  void insert(float value, std::int64_t group) {
    const auto place = std::upper_bound(values_.begin(), values_.end(), value, std::greater<>()) - values_.begin();
    std::move_backward(values_.begin() + place, values_.end() - 1, values_.end());
    std::move_backward(groups_.begin() + place, groups_.end() - 1, groups_.end());
    values_[place] = value;
    groups_[place] = group;
  }

  std::vector<float> values_;
  std::vector<std::int64_t> groups_;
};

/// The groups of items [begin, end), each once, ascending.
std::vector<std::int64_t> distinct_groups(const EqualItems& items, std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> groups;
  for (auto item = begin; item < end; ++item) groups.push_back(items.group(item));
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

// A group's own items can hold k + 1 places at most, and so can all items before the last neighbour.
void neighbours_of_item(const EqualItems& items, const Largest& nearest, std::int64_t item, std::span<std::int32_t> neighbours) {
  struct Candidate {
    float value;
    std::int64_t item;
  };
  std::vector<Candidate> candidates;
  for (std::size_t place = 0; place < nearest.groups().size(); ++place) {
    if (nearest.groups()[place] < 0) break;
    const auto members = items.members(nearest.groups()[place]);
    for (const auto member : members.first(std::min(members.size(), neighbours.size() + 1))) {
      if (member != item) candidates.push_back({nearest.value(place), member});
    }
  }
  expects(candidates.size() >= neighbours.size(), "nearest neighbours: similarities are finite");
  std::partial_sort(
      candidates.begin(), candidates.begin() + std::ssize(neighbours), candidates.end(),
      [](const Candidate& a, const Candidate& b) { return a.value > b.value || (a.value == b.value && a.item < b.item); });
  for (std::size_t place = 0; place < neighbours.size(); ++place) {
    neighbours[place] = static_cast<std::int32_t>(candidates[place].item);
  }
}

// Items [begin, end), at most kQueryRows, into `out` [end - begin,k].
void neighbours_of_block(const EqualItems& items, const SimilarityOfGroups& similarity, std::int64_t begin, std::int64_t end,
                         std::int64_t k, std::int32_t* out) {
  const auto rows = distinct_groups(items, begin, end);
  std::vector<Largest> nearest(rows.size(), Largest(k + 1)); // one more: the item itself may be one of them
  for (std::int64_t column = 0; column < items.groups(); column += kColumns) {
    const auto columns = std::min(kColumns, items.groups() - column);
    const auto block = similarity(rows, column, columns); // [rows,columns]
    for (std::size_t row = 0; row < rows.size(); ++row) {
      nearest[row].offer(block.const_data_ptr<float>() + static_cast<std::int64_t>(row) * columns, column, columns);
    }
  }
  for (auto item = begin; item < end; ++item, out += k) {
    const auto row = std::lower_bound(rows.begin(), rows.end(), items.group(item)) - rows.begin();
    neighbours_of_item(items, nearest[row], item, {out, static_cast<std::size_t>(k)});
  }
}

} // namespace

EqualItems::EqualItems(const std::vector<std::string_view>& items) : group_(items.size()), members_(items.size()) {
  std::unordered_map<std::string_view, std::int64_t> numbers;
  std::vector<std::int64_t> sizes;
  for (std::size_t item = 0; item < items.size(); ++item) {
    const auto [found, is_new] = numbers.try_emplace(items[item], std::ssize(sizes));
    if (is_new) sizes.push_back(0);
    ++sizes[found->second];
    group_[item] = found->second;
  }
  first_.assign(1, 0);
  for (const auto size : sizes) first_.push_back(first_.back() + size);
  auto next = first_;
  for (std::int64_t item = 0; item < size(); ++item) members_[next[group(item)]++] = item;
}

std::span<const std::int64_t> EqualItems::members(std::int64_t group) const {
  return std::span(members_).subspan(first_[group], first_[group + 1] - first_[group]);
}

at::Tensor nearest_neighbours(const EqualItems& items, const SimilarityOfGroups& similarity, std::int64_t begin, std::int64_t count,
                              std::int64_t k) {
  expects(begin >= 0 && count >= 0 && begin + count <= items.size(), "nearest neighbours: items {} to {} of {}", begin,
          begin + count, items.size());
  expects(k >= 1 && k < items.size(), "nearest neighbours: {} of {} items", k, items.size());
  auto neighbours = at::empty({count, k}, at::kInt);
  auto* out = neighbours.mutable_data_ptr<std::int32_t>();
  // Blocks are fixed by item numbers: no thread's share changes what is multiplied with what.
  at::parallel_for(0, (count + kQueryRows - 1) / kQueryRows, 1, [&](std::int64_t first, std::int64_t last) {
    for (auto block = first; block < last; ++block) {
      const auto offset = block * kQueryRows;
      neighbours_of_block(items, similarity, begin + offset, begin + std::min(offset + kQueryRows, count), k, out + offset * k);
    }
  });
  return neighbours;
}

at::Tensor neighbour_agreement(const at::Tensor& neighbours, const at::Tensor& classes, std::int64_t begin) {
  const auto own = classes.slice(0, begin, begin + neighbours.size(0)).unsqueeze(1);                   // [n,1]
  const auto theirs = classes.index_select(0, neighbours.flatten().to(at::kLong)).view_as(neighbours); // [n,k]
  return (theirs == own).to(at::kDouble).mean(1);
}

ClassMeans class_means(std::span<const double> scores, std::span<const std::int8_t> classes, std::int64_t class_count,
                       std::span<const std::int64_t> indices) {
  std::vector<double> sums(class_count, 0), counts(class_count, 0);
  for (const auto i : indices) {
    sums[classes[i]] += scores[i];
    counts[classes[i]] += 1;
  }
  ClassMeans means{std::vector<double>(class_count, std::numeric_limits<double>::quiet_NaN())};
  double sum = 0, present = 0;
  for (std::int64_t c = 0; c < class_count; ++c) {
    if (counts[c] == 0) continue;
    means.of_class[c] = sums[c] / counts[c];
    sum += means.of_class[c];
    present += 1;
  }
  means.macro = sum / present; // NaN without any
  return means;
}

ClassMeans class_means(std::span<const double> scores, std::span<const std::int8_t> classes, std::int64_t class_count) {
  std::vector<std::int64_t> all(scores.size());
  std::iota(all.begin(), all.end(), 0);
  return class_means(scores, classes, class_count, all);
}

} // namespace cxr
