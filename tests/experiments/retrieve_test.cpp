// `cxr retrieve` on a text set of 28 reports, two of each class, and a run of embeddings over it.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "data/text_set_writer.h"
#include "experiments/commands.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::int64_t kReports = 28;

class Retrieve : public testing::Test {
 protected:
  /// Report i is of class i / 2; its words are its class's name and its number.
  void write_reports(const std::string& name, std::int64_t positives_of_the_last = 1, const std::string& id = "report") {
    std::vector<TextRecord> records;
    for (std::int64_t i = 0; i < kReports; ++i) {
      TextRecord record{fmt::format("{}: {}", kCheXpertLabels[i / 2], i), fmt::format("{}-{}", id, i)};
      record.labels.fill(kNotMentioned);
      record.labels[i / 2] = kPositive;
      record.labels[(i / 2 + 1) % 14] = kUncertain;
      if (i == kReports - 1 && positives_of_the_last != 1) {
        record.labels.fill(kNegative);
        std::fill_n(record.labels.begin(), positives_of_the_last, kPositive);
      }
      records.push_back(record);
    }
    write_text_set(folder_ / name, std::move(records), true, {});
  }
  /// @param embeddings [28,D]
  void write_embeddings(const at::Tensor& embeddings, const std::string& id = "report") {
    fs::create_directories(folder_ / "embed");
    std::vector<std::string> ids;
    for (std::int64_t i = 0; i < kReports; ++i) ids.push_back(fmt::format("{}-{}", id, i));
    auto file = hdf5::File::create(folder_ / "embed" / "results.h5");
    file.write_strings("ids", ids);
    file.write("embeddings", embeddings);
    file.write_attribute("/", "encoder", "toy");
    file.close();
  }
  void SetUp() override { write_reports("set.h5"); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  nlohmann::json retrieve(const std::string& options, const std::string& out = "run", const std::string& set = "set.h5") {
    CLI::App root;
    const auto command = retrieve_command(root);
    root.parse(fmt::format("retrieve --json --quiet --reports {} --out {} {}", path(set), path(out), options));
    testing::internal::CaptureStdout();
    try {
      EXPECT_EQ(command.run(), kDone);
    } catch (...) {
      testing::internal::GetCapturedStdout();
      throw;
    }
    return nlohmann::json::parse(testing::internal::GetCapturedStdout());
  }
  std::string refused(const std::string& options, const std::string& set = "set.h5") {
    return test::refusal([&] { retrieve(options, "refused", set); });
  }
  hdf5::File results(const std::string& out = "run") const { return hdf5::File::open(folder_ / out / "results.h5"); }
  std::string embeddings() const { return "--embeddings " + path("embed"); }

  test::TemporaryFolder folder_;
};

// One direction a class.
TEST_F(Retrieve, FindsTheOtherReportOfItsClass) {
  const auto report = at::arange(kReports);
  write_embeddings(at::one_hot(at::floor_divide(report, 2), 14).to(at::kFloat));
  const auto printed = retrieve(embeddings() + " -k 2");
  EXPECT_EQ(printed.at("reports"), kReports);
  EXPECT_EQ(printed.at("k"), 2);
  EXPECT_EQ(printed.at("similarity"), "dot");
  EXPECT_DOUBLE_EQ(printed.at("macro"), 50); // its fellow and, all others being equal, the first
  EXPECT_DOUBLE_EQ(printed.at("classes").at("Fracture"), 50);
  const auto neighbours = results().read("neighbours");
  EXPECT_CLOSE(neighbours[0], at::tensor({1, 2}, at::kInt), 0);
  EXPECT_CLOSE(neighbours[1], at::tensor({0, 2}, at::kInt), 0);
  EXPECT_CLOSE(neighbours[27], at::tensor({26, 0}, at::kInt), 0);
  EXPECT_CLOSE(results().read("score"), at::full({kReports}, 0.5, at::kDouble), 0);
  EXPECT_CLOSE(results().read("classes"), at::floor_divide(report, 2).to(at::kChar), 0);
  EXPECT_EQ(results().read_strings("ids")[5], "report-5");
  EXPECT_EQ(results().read_attribute("/", "encoder"), "toy");
}

TEST_F(Retrieve, TheCosineLeavesLengthsOut) {
  auto x = at::one_hot(at::floor_divide(at::arange(kReports), 2), 14).to(at::kFloat) + 0.1;
  x[20] *= 100; // by the dot product everyone's nearest
  write_embeddings(x);
  EXPECT_LT(retrieve(embeddings() + " -k 1", "dot").at("macro"), 20);
  EXPECT_DOUBLE_EQ(retrieve(embeddings() + " -k 1 --similarity cosine", "cosine").at("macro"), 100);
}

TEST_F(Retrieve, BagOfWords) {
  const auto printed = retrieve("--bag-of-words -k 1");
  EXPECT_EQ(printed.at("similarity"), "bag of words");
  EXPECT_DOUBLE_EQ(printed.at("macro"), 100); // the words of the class's name
}

TEST_F(Retrieve, AFinishedRunSaysTheSameAgainAndRefusesOtherOptions) {
  const auto first = retrieve("--bag-of-words -k 3");
  EXPECT_EQ(retrieve("--bag-of-words -k 3"), first);
  EXPECT_THAT(test::refusal([&] { retrieve("--bag-of-words -k 4"); }), HasSubstr("k: expected 3"));
}

TEST_F(Retrieve, RefusesWhatItCannotCompare) {
  write_embeddings(at::ones({kReports, 3}));
  EXPECT_THAT(refused(""), HasSubstr("neither"));
  EXPECT_THAT(refused("--bag-of-words " + embeddings()), HasSubstr("both"));
  EXPECT_THAT(refused(embeddings() + " -k 28"), HasSubstr("-k: expected less than the number of reports, 28, found 28"));
  EXPECT_THAT(refused("--embeddings " + path("absent")), HasSubstr("absent"));
  EXPECT_THAT(refused("--embeddings " + path("set.h5")), HasSubstr("embeddings"));
  write_reports("several.h5", 2);
  EXPECT_THAT(refused("--bag-of-words", "several.h5"), HasSubstr("labels, row 27: expected one positive label"));
  write_reports("none.h5", 0);
  EXPECT_THAT(refused("--bag-of-words", "none.h5"), HasSubstr("found 0"));
  EXPECT_FALSE(fs::exists(folder_ / "refused"));
}

TEST_F(Retrieve, RefusesEmbeddingsOfOtherTextsAndDamagedOnes) {
  write_embeddings(at::ones({kReports, 3}), "another");
  EXPECT_THAT(refused(embeddings()), HasSubstr("ids, row 0"));
  write_embeddings(at::ones({kReports, 3}, at::kDouble));
  EXPECT_THAT(refused(embeddings()), HasSubstr("expected float32 [28,D]"));
  auto x = at::ones({kReports, 3});
  x[5][1] = std::numeric_limits<float>::quiet_NaN();
  write_embeddings(x);
  EXPECT_THAT(refused(embeddings()), HasSubstr("embeddings, row 5"));
}

} // namespace
} // namespace cxr
