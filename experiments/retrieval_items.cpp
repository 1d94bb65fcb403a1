#include "experiments/retrieval_items.h"

#include "core/digest.h"
#include "core/error.h"
#include "data/origin.h"
#include "data/set_parts.h"
#include "text/bag_of_words.h"

namespace cxr {
namespace {

constexpr std::int64_t kTextsAtOnce = 8192;

void check_ids(const hdf5::File& file, const TextSet& reports) {
  const auto found = file.read_strings("ids");
  const auto expected = reports.ids(0, reports.size());
  check_rows(file, "ids", std::ssize(found), std::ssize(expected));
  const auto [one, other] = std::mismatch(expected.begin(), expected.end(), found.begin());
  if (one == expected.end()) return;
  throw InputError(file.path().string(), fmt::format("ids, row {}", one - expected.begin()),
                   fmt::format("{}, as in {}", *one, reports.path().string()), *other);
}

at::Tensor read_embeddings(const hdf5::File& file, std::int64_t rows) {
  const auto name = file.path().string();
  if (!file.has("embeddings")) throw InputError(name, "embeddings", "float32 [N,D], as cxr embed writes", "no such dataset");
  const auto shape = file.shape("embeddings");
  if (shape.size() != 2 || shape[0] != rows || shape[1] == 0 || file.is_string("embeddings") ||
      file.dtype("embeddings") != at::kFloat) {
    throw InputError(name, "embeddings", fmt::format("float32 [{},D]", rows), fmt::format("[{}]", fmt::join(shape, ",")));
  }
  auto embeddings = file.read("embeddings"); // [N,D]
  const auto lengths = embeddings.square().sum(1);
  const auto finite = at::isfinite(lengths); // then so is every product
  if (!finite.all().item<bool>()) {
    const auto row = finite.to(at::kByte).argmin().item<std::int64_t>();
    throw InputError(name, fmt::format("embeddings, row {}", row), "finite numbers", "NaN, infinity or a length beyond float32");
  }
  return embeddings;
}

std::string_view bytes_of(const at::Tensor& contiguous) {
  return {static_cast<const char*>(contiguous.const_data_ptr()), contiguous.nbytes()};
}

EqualItems equal_rows(const at::Tensor& embeddings) {
  std::vector<std::string_view> rows;
  const auto all = bytes_of(embeddings);
  const auto width = all.size() / static_cast<std::size_t>(embeddings.size(0));
  for (std::size_t begin = 0; begin < all.size(); begin += width) rows.push_back(all.substr(begin, width));
  return EqualItems(rows);
}

// One row a group, as far as groups differ from items.
at::Tensor representatives(const at::Tensor& embeddings, const EqualItems& items) {
  if (items.groups() == items.size()) return embeddings;
  std::vector<std::int64_t> first;
  for (std::int64_t group = 0; group < items.groups(); ++group) first.push_back(items.members(group).front());
  return embeddings.index_select(0, at::tensor(first, at::kLong)); // [G,D]
}

SimilarityOfGroups products(at::Tensor vectors) {
  return [vectors = std::move(vectors)](std::span<const std::int64_t> rows, std::int64_t column, std::int64_t columns) {
    const c10::InferenceMode no_autograd;
    const auto numbers = at::tensor(at::IntArrayRef(rows.data(), rows.size()), at::kLong).to(vectors.device());
    const auto others = vectors.slice(0, column, column + columns);                       // [columns,D]
    return vectors.index_select(0, numbers).matmul(others.t()).to(at::kCPU).contiguous(); // [rows,columns]
  };
}

} // namespace

RetrievalItems embedding_items(const std::filesystem::path& run, const TextSet& reports, bool cosine, at::Device device) {
  const auto file = hdf5::File::open(set_file(run, "a run of cxr embed"));
  check_ids(file, reports);
  Origin(file).require("inputs.reports", reports.identity(), reports.path().string());
  auto embeddings = read_embeddings(file, reports.size());
  RetrievalItems result{equal_rows(embeddings), {}, sha256(bytes_of(embeddings)), {{"similarity", cosine ? "cosine" : "dot"}}};
  for (const char* name : {"encoder", "extraction"}) {
    if (file.has_attribute("/", name)) result.attributes[name] = file.read_attribute("/", name);
  }
  auto vectors = representatives(embeddings, result.items);
  if (cosine) vectors = vectors / vectors.norm(2, {1}, true).clamp_min(std::numeric_limits<float>::min());
  result.similarity = products(vectors.to(device));
  return result;
}

RetrievalItems word_items(const TextSet& reports) {
  WordNumbers numbers;
  std::vector<WordSet> sets;
  for (std::int64_t begin = 0; begin < reports.size(); begin += kTextsAtOnce) {
    for (const auto& text : reports.texts(begin, std::min(kTextsAtOnce, reports.size() - begin)))
      sets.push_back(numbers.set_of(text));
  }
  std::vector<std::string_view> bytes;
  for (const auto& set : sets) bytes.emplace_back(reinterpret_cast<const char*>(set.data()), set.size() * sizeof(set[0]));
  EqualItems items(bytes);
  std::vector<WordSet> distinct;
  for (std::int64_t group = 0; group < items.groups(); ++group) distinct.push_back(std::move(sets[items.members(group).front()]));
  const auto overlap = std::make_shared<const WordOverlap>(std::move(distinct));
  return {std::move(items),
          [overlap](auto rows, auto column, auto columns) { return overlap->intersection_over_union(rows, column, columns); },
          {},
          {{"similarity", "bag of words"}}};
}

} // namespace cxr
