#include "analysis/synthetic_text_study.h"

#include "analysis/synthetic_study.h"
#include "data/image_set.h"
#include "io/hdf5.h"

namespace cxr::test {
namespace {

namespace fs = std::filesystem;

hdf5::File create_results(const fs::path& run) {
  fs::create_directories(run);
  auto file = hdf5::File::create(run / "results.h5");
  std::vector<std::string> ids;
  for (std::int64_t i = 0; i < kStudyReports; ++i) ids.push_back(fmt::format("report-{}", i));
  file.write("index", at::arange(kStudyReports));
  file.write_strings("ids", ids);
  return file;
}

} // namespace

void write_retrieve_run(const fs::path& run, double score, const std::string& similarity, std::int64_t k) {
  auto file = create_results(run);
  const auto classes = at::arange(kStudyReports) % std::ssize(kCheXpertLabels);
  file.write("classes", classes.to(at::kChar));
  file.write("score", score + classes.to(at::kDouble) / 100);
  file.write("neighbours", at::zeros({kStudyReports, k}, at::kInt));
  file.write_attribute("/", "k", fmt::format("{}", k));
  file.write_attribute("/", "similarity", similarity);
  file.close();
  write_text(run / "config.toml", "format = \"cxr-run\"\nversion = 1\ncommand = \"retrieve\"\n[configuration]\nk = 10\n");
}

void write_embed_run(const fs::path& run) {
  auto file = create_results(run);
  const auto report = at::arange(kStudyReports).unsqueeze(1), column = at::arange(16).unsqueeze(0);
  file.write("embeddings", (report % 14 == column).to(at::kFloat) * 5 + at::sin((report * 16 + column).to(at::kFloat)));
  file.close();
}

void write_synthetic_text_study(const fs::path& folder) {
  write_retrieve_run(folder / "clip-cls", 0.2);
  write_retrieve_run(folder / "clip-mean", 0.3, "cosine");
  write_retrieve_run(folder / "clip-pooler", 0.5);
  write_embed_run(folder / "embed-clip-pooler");
  write_retrieve_run(folder / "bert-cls", 0.1);
  write_retrieve_run(folder / "bert-specific", 0.1);
  write_retrieve_run(folder / "words", 0.4, "bag of words");
  write_text(folder / "study.toml",
             "[[encoder]]\nname = \"CLIP\"\ncls = \"clip-cls\"\nmean = \"clip-mean\"\npooler = \"clip-pooler\"\n"
             "embed_pooler = \"embed-clip-pooler\"\n"
             "[[encoder]]\nname = \"Toy | BERT\"\ncls = \"bert-cls\"\nspecific = \"bert-specific\"\n"
             "[bag_of_words]\nretrieve = \"words\"\n");
}

} // namespace cxr::test
