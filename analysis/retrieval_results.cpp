#include "analysis/retrieval_results.h"

#include "core/error.h"
#include "data/image_set.h"
#include "data/set_parts.h"
#include "io/hdf5.h"
#include "metrics/retrieval.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

template <typename T>
std::vector<T> read_column(const hdf5::File& file, const std::string& name, at::ScalarType dtype, std::int64_t rows) {
  const auto shape = file.shape(name);
  if (file.is_string(name) || file.dtype(name) != dtype || shape.size() != 1 || shape[0] != rows) {
    throw InputError(file.path().string(), name, fmt::format("{} [{}], as cxr retrieve writes", c10::toString(dtype), rows),
                     fmt::format("[{}]", fmt::join(shape, ",")));
  }
  const auto column = file.read(name);
  return {column.const_data_ptr<T>(), column.const_data_ptr<T>() + rows};
}

std::int64_t read_k(const hdf5::File& file) {
  const auto text = file.has_attribute("/", "k") ? file.read_attribute("/", "k") : "";
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos)
    throw InputError(file.path().string(), "k", "an attribute with the number of neighbours", text.empty() ? "none" : text);
  return std::stoll(text);
}

void check_same_reports(const RetrievalResults& run, const fs::path& path, const RetrievalResults& first) {
  if (run.k != first.k)
    throw InputError(path.string(), "k", fmt::format("{}, as in the other runs", first.k), fmt::format("{}", run.k));
  if (run.ids != first.ids || run.classes != first.classes)
    throw InputError(path.string(), "ids, classes", "the reports of the other runs", "others");
}

} // namespace

RetrievalResults read_retrieval(const fs::path& run) {
  const auto file = hdf5::File::open(set_file(run, "a run of cxr retrieve"));
  for (const char* name : {"ids", "classes", "score"}) {
    if (!file.has(name)) throw InputError(file.path().string(), name, "a dataset, as cxr retrieve writes", "none");
  }
  RetrievalResults results{.k = read_k(file), .ids = file.read_strings("ids")};
  results.similarity = file.has_attribute("/", "similarity") ? file.read_attribute("/", "similarity") : "";
  results.extraction = file.has_attribute("/", "extraction") ? file.read_attribute("/", "extraction") : "";
  results.classes = read_column<std::int8_t>(file, "classes", at::kChar, std::ssize(results.ids));
  results.scores = read_column<double>(file, "score", at::kDouble, std::ssize(results.ids));
  for (const auto c : results.classes) {
    if (c < 0 || c >= std::ssize(kCheXpertLabels))
      throw InputError(file.path().string(), "classes", "numbers of labels, 0 to 13", fmt::format("{}", c));
  }
  results.macro = class_means(results.scores, results.classes, std::ssize(kCheXpertLabels)).macro;
  return results;
}

std::size_t EncoderResults::best() const {
  std::size_t best = by_extraction.size();
  for (std::size_t e = 0; e < by_extraction.size(); ++e) {
    if (by_extraction[e] && (best == by_extraction.size() || by_extraction[e]->macro > by_extraction[best]->macro)) best = e;
  }
  expects(best < by_extraction.size(), "encoder {}: no runs", name);
  return best;
}

const RetrievalResults& TextStudyResults::any() const {
  if (bag_of_words) return *bag_of_words;
  const auto& first = encoders.at(0);
  return *first.by_extraction[first.best()];
}

TextStudyResults read_text_study(const Study& study) {
  TextStudyResults results;
  std::optional<RetrievalResults> first; // what the others must agree with
  const auto read = [&](const fs::path& path) {
    auto run = read_retrieval(path);
    if (!first) first = run;
    check_same_reports(run, path, *first);
    return run;
  };
  if (!study.bag_of_words.empty()) results.bag_of_words = read(study.bag_of_words);
  for (const auto& encoder : study.encoders) {
    results.encoders.push_back({encoder.name, {}});
    for (std::size_t e = 0; e < kExtractions.size(); ++e) {
      const auto& path = encoder.runs[e].retrieve;
      if (path.empty()) continue;
      auto run = read(path);
      if (!run.extraction.empty() && run.extraction != kExtractions[e])
        throw InputError(path.string(), "extraction", fmt::format("{}, as study.toml has it", kExtractions[e]), run.extraction);
      results.encoders.back().by_extraction[e] = std::move(run);
    }
  }
  return results;
}

} // namespace cxr
