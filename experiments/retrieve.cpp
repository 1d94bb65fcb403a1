/// @file
/// Which reports a report's embedding finds, and how often they have its finding: CheXpert@k (Chambon et al. 2022, section 2.4;
/// Tables 2 and 3).
///
///     cxr retrieve --embeddings runs/embed-clip-pooler --reports study.h5 -k 10 --out runs/retrieve-clip-pooler
///     cxr retrieve --bag-of-words --reports study.h5 -k 10 --out runs/retrieve-words
///
/// Each report has one positive label, its class (`cxr prep reports --sample study` takes such reports). `--json` prints
///     {"reports", "k", "similarity", "macro", "classes": {label: CheXpert@k, or null if no report has it}}
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "data/image_set.h"
#include "experiments/commands.h"
#include "experiments/provenance.h"
#include "experiments/retrieval_items.h"
#include "run/execution_options.h"
#include "run/sharded_run.h"

namespace cxr {
namespace {

constexpr std::int64_t kReportsAtOnce = 1024; // of a rank: eight blocks of nearest_neighbours()

struct RetrieveOptions {
  std::filesystem::path embeddings, reports;
  bool bag_of_words = false, json = false;
  std::int64_t k = 10;
  std::string similarity = "dot";
  ExecutionOptions execution;
};

/// The one positive label of each report, int8 [N].
at::Tensor classes_of(const TextSet& reports) {
  const auto labels = reports.labels();
  if (!labels.defined()) throw InputError(reports.path().string(), "labels", "int8 [N,14]", "no such dataset");
  const auto positive = labels == static_cast<int>(kPositive); // [N,14]
  const auto counts = positive.sum(1);
  const auto single = counts == 1;
  if (!single.all().item<bool>()) {
    const auto row = single.to(at::kByte).argmin().item<std::int64_t>();
    throw InputError(reports.path().string(), fmt::format("labels, row {}", row),
                     "one positive label, as in a sample of cxr prep reports --sample study",
                     fmt::format("{}", counts[row].item<std::int64_t>()));
  }
  return positive.to(at::kChar).argmax(1).to(at::kChar);
}

RetrievalItems items_of(const RetrieveOptions& options, const TextSet& reports, at::Device device) {
  if (options.bag_of_words == !options.embeddings.empty())
    throw InputError("--embeddings, --bag-of-words", "", "one of them", options.bag_of_words ? "both" : "neither");
  if (options.k >= reports.size()) {
    throw InputError("-k", "", fmt::format("less than the number of reports, {}", reports.size()), fmt::format("{}", options.k));
  }
  return options.bag_of_words ? word_items(reports)
                              : embedding_items(options.embeddings, reports, options.similarity == "cosine", device);
}

RunAttributes attributes_of(const RetrievalItems& items, std::int64_t k, const std::string& configuration) {
  auto attributes = result_attributes("cxr-neighbours", "retrieve", configuration);
  attributes.file.insert(items.attributes.begin(), items.attributes.end());
  attributes.file["k"] = fmt::format("{}", k);
  attributes.datasets["classes"]["names"].assign(kCheXpertLabels.begin(), kCheXpertLabels.end());
  return attributes;
}

nlohmann::ordered_json summary(const std::filesystem::path& results) {
  const auto file = hdf5::File::open(results);
  const auto score = file.read("score"), classes = file.read("classes"); // [N]
  const auto count = static_cast<std::size_t>(score.size(0));
  const auto means = class_means({score.const_data_ptr<double>(), count}, {classes.const_data_ptr<std::int8_t>(), count},
                                 std::ssize(kCheXpertLabels));
  nlohmann::ordered_json result = {{"reports", count},
                                   {"k", std::stoll(file.read_attribute("/", "k"))},
                                   {"similarity", file.read_attribute("/", "similarity")},
                                   {"macro", 100 * means.macro},
                                   {"classes", nlohmann::ordered_json::object()}};
  for (std::size_t c = 0; c < kCheXpertLabels.size(); ++c) {
    auto& value = result["classes"][std::string(kCheXpertLabels[c])];
    if (!std::isnan(means.of_class[c])) value = 100 * means.of_class[c];
  }
  return result;
}

void print(const nlohmann::ordered_json& result) {
  fmt::print("CheXpert@{}, {} reports, {}\n", result["k"].get<std::int64_t>(), result["reports"].get<std::int64_t>(),
             result["similarity"].get<std::string>());
  for (const auto& [name, value] : result["classes"].items()) {
    fmt::print("  {:<28}{}\n", name, value.is_null() ? "no report" : fmt::format("{:>5.1f}", value.get<double>()));
  }
  fmt::print("  {:<28}{:>5.1f}\n", "Macro", result["macro"].get<double>());
}

int retrieve(const RetrieveOptions& options, std::string configuration) {
  auto& ranks = world();
  const auto device = start_execution(options.execution, ranks);
  const TextSet reports(options.reports);
  const auto classes = classes_of(reports);
  const auto compared = items_of(options, reports, device);

  configuration += fmt::format("inputs.reports = \"{}\"\ninputs.embeddings = \"{}\"\n", reports.identity(), compared.identity);
  RunFolder folder(options.execution.out, "retrieve", configuration, ranks);
  ShardedRun run(folder, reports.size(), kReportsAtOnce, attributes_of(compared, options.k, configuration), "retrieve", "reports");
  run.for_each([&](Batch batch) -> Columns {
    const auto neighbours = nearest_neighbours(compared.items, compared.similarity, batch.begin, batch.count, options.k);
    return {{"ids", reports.ids(batch.begin, batch.count)},
            {"neighbours", neighbours},
            {"score", neighbour_agreement(neighbours, classes, batch.begin)},
            {"classes", classes.slice(0, batch.begin, batch.end())}};
  });
  run.merge();
  if (!ranks.is_root()) return kDone;
  const auto result = summary(folder.results());
  if (options.json) {
    fmt::print("{}\n", result.dump());
  } else if (!options.execution.quiet) {
    print(result);
  }
  return kDone;
}

} // namespace

Subcommand retrieve_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("retrieve", "Each report's nearest others by their embeddings or words, and CheXpert@k");
  auto options = std::make_shared<RetrieveOptions>();
  app->add_option("--embeddings", options->embeddings, "run of cxr embed over the reports");
  app->add_flag("--bag-of-words", options->bag_of_words,
                "compare words instead: intersection over union of the reports' sets of words");
  app->add_option("--reports", options->reports, "text set, or image set with impressions, of one positive label a report")
      ->required();
  app->add_option("-k,--k", options->k, "how many neighbours, the report itself left out")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
      ->capture_default_str();
  app->add_option("--similarity", options->similarity, "of embeddings: their dot product, as in the paper, or the cosine")
      ->check(CLI::IsMember({"dot", "cosine"}))
      ->capture_default_str();
  app->add_flag("--json", options->json, "one JSON object instead of lines for people")->group(kExecutionGroup);
  add_execution_options(*app, options->execution);
  return {app, [app, options] { return retrieve(*options, result_configuration(*app)); }};
}

} // namespace cxr
