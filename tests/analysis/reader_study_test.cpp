#include <cmath>
#include <regex>
#include <set>

#include <sys/stat.h>

#include <gmock/gmock.h>

#include "analysis/commands.h"
#include "analysis/reader_study_package.h"
#include "analysis/reader_study_tables.h"
#include "analysis/table_cells.h"
#include "data/image_set.h"
#include "io/hdf5.h"
#include "io/image_file.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using test::cell;
using test::refusal;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

constexpr std::int64_t kPairs = 6;

/// Six originals of 16 × 24 pixels, image i of the grey level 10 i + 50, and reconstructions one level brighter.
class ReaderStudy : public testing::Test {
 protected:
  ReaderStudy() {
    write_set(folder_ / "set.h5", 0, "CANARY-id");
    fs::create_directories(folder_ / "run");
    write_set(folder_ / "run" / "results.h5", 1, "CANARY-id");
  }

  static void write_set(const fs::path& path, int brighter, const std::string& id, std::int64_t count = kPairs) {
    const auto of_each = [&](const std::string& text) {
      std::vector<std::string> texts;
      for (std::int64_t i = 0; i < count; ++i) texts.push_back(fmt::format("{}-{}", text, i));
      return texts;
    };
    auto file = hdf5::File::create(path);
    file.write("images",
               (at::arange(count) * 10 + 50 + brighter).to(at::kByte).view({-1, 1, 1}).expand({count, 16, 24}).contiguous());
    file.write_strings("ids", of_each(id));
    for (const auto* name : {"study_ids", "subject_ids", "reports", "impressions"})
      file.write_strings(name, of_each("CANARY-text"));
    file.close();
  }

  ReaderStudyOptions options(std::int64_t pairs = kPairs) const {
    return {.images = folder_ / "set.h5", .reconstructions = folder_ / "run", .pairs = pairs};
  }

  /// Runs `cxr reader-study …`. @return what it prints
  static std::string run(const std::string& arguments) {
    CLI::App root;
    const auto exporting = reader_study_export_command(root), importing = reader_study_import_command(root);
    root.parse(arguments);
    int status = kFailed;
    testing::internal::CaptureStdout();
    try {
      status = exporting.app->parsed() ? exporting.run() : importing.run();
    } catch (...) {
      testing::internal::GetCapturedStdout(); // or the next capture would be refused
      throw;
    }
    const auto printed = testing::internal::GetCapturedStdout();
    EXPECT_EQ(status, kDone);
    return printed;
  }
  std::string export_command(const std::string& more) const {
    return fmt::format("export --images {0}/set.h5 --reconstructions {0}/run --out {0}/study {1}", folder_.path().string(), more);
  }

  /// A reader's file: the scores of cases 1, 2, …; 0 leaves a case out.
  fs::path write_scores(const std::string& reader, const std::vector<int>& scores) const {
    std::string text = "study,reader,case,score,seconds,comment,time\r\n";
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] != 0) text += fmt::format("abc,{},{},{},{}.5,,2022-10-09T12:00:00Z\r\n", reader, i + 1, scores[i], i);
    }
    const auto file = folder_ / (reader + ".csv");
    test::put_bytes(file, text);
    return file;
  }
  static ReaderStudyKey key_of(std::size_t cases) { return {"abc", std::vector<ReaderCase>(cases, {"sample"})}; }

  test::TemporaryFolder folder_;
};

/// The grey level of an image in the page: each is of one level.
int level_in_page(const std::string& page, std::size_t number, int side, const fs::path& scratch) {
  std::smatch match;
  EXPECT_TRUE(std::regex_search(page, match, std::regex(fmt::format("id=\"image-{}-{}\">([^<]*)<", number, side))));
  test::put_bytes(scratch / "base64", match[1]);
  const auto command = fmt::format("base64 -d {0}/base64 > {0}/image.png", scratch.string());
  EXPECT_EQ(std::system(command.c_str()), 0);
  return read_grey_image(scratch / "image.png")[0][0].item<int>();
}

TEST_F(ReaderStudy, CasesShowTheSamplesThatTheKeySays) {
  const auto package = make_reader_study(options());
  ASSERT_EQ(package.key.cases.size(), kPairs);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < kPairs; ++i) {
    const auto& id = package.key.cases[i].id;
    ids.insert(id);
    const int level = 10 * (id.back() - '0') + 50;
    EXPECT_EQ(level_in_page(package.page, i + 1, 0, folder_.path()), level);
    EXPECT_EQ(level_in_page(package.page, i + 1, 1, folder_.path()), level + 1);
  }
  EXPECT_EQ(ids.size(), kPairs);
}

TEST_F(ReaderStudy, ASeedDecidesTheSampleAndTheOrder) {
  const auto first = make_reader_study(options(4)), again = make_reader_study(options(4));
  EXPECT_EQ(first.page, again.page);
  EXPECT_EQ(key_csv(first.key), key_csv(again.key));
  auto other = options(4);
  other.seed = 1;
  EXPECT_NE(make_reader_study(other).key.study, first.key.study);
  std::vector<std::string> ids;
  for (const auto& pair : make_reader_study(options()).key.cases) ids.push_back(pair.id);
  EXPECT_FALSE(std::is_sorted(ids.begin(), ids.end())); // shuffled
}

TEST_F(ReaderStudy, PixelsAreInTheIdentity) {
  const auto before = make_reader_study(options()).key.study;
  write_set(folder_ / "run" / "results.h5", 2, "CANARY-id");
  EXPECT_NE(make_reader_study(options()).key.study, before);
}

TEST_F(ReaderStudy, HiddenSidesAreSwappedAsTheKeySays) {
  auto hidden = options();
  hidden.hide_sides = true;
  const auto package = make_reader_study(hidden);
  EXPECT_THAT(package.page, Not(HasSubstr("<figcaption>Original")));
  int swapped = 0;
  for (std::size_t i = 0; i < kPairs; ++i) {
    const bool original_is_left = level_in_page(package.page, i + 1, 0, folder_.path()) % 10 == 0;
    EXPECT_EQ(package.key.cases[i].original_is_left, original_is_left);
    swapped += !original_is_left;
  }
  EXPECT_GT(swapped, 0);
  EXPECT_LT(swapped, kPairs);
}

TEST_F(ReaderStudy, LargerImagesAreScaledDown) {
  auto small = options(1);
  small.max_side = 16;
  const auto package = make_reader_study(small);
  level_in_page(package.page, 1, 0, folder_.path());
  EXPECT_EQ(read_grey_image(folder_ / "image.png").sizes().vec(), (std::vector<std::int64_t>{8, 16})); // 24 → 16, 10.7 → 8
}

TEST_F(ReaderStudy, ThePageTellsNothingOfTheSamples) {
  run(export_command("--n 6"));
  const auto page = test::file_bytes(folder_ / "study" / "reader_study.html");
  EXPECT_THAT(page, Not(HasSubstr("CANARY")));
  EXPECT_THAT(page, Not(HasSubstr(folder_.path().string())));
  EXPECT_THAT(page, Not(HasSubstr("set.h5")));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  EXPECT_THAT(page, Not(HasSubstr("http:"))); // nothing to fetch
  EXPECT_THAT(page, Not(HasSubstr("https:")));
  level_in_page(page, 1, 0, folder_.path());
  const auto png = test::file_bytes(folder_ / "image.png");
  for (const auto* chunk : {"tEXt", "zTXt", "iTXt", "eXIf", "tIME"}) EXPECT_THAT(png, Not(HasSubstr(chunk)));
  EXPECT_THAT(page, HasSubstr("Severe reconstruction errors or errors of any level leading to hallucinated lesions"));
}

TEST_F(ReaderStudy, TheKeyIsTheOwnersAlone) {
  run(export_command("--n 6"));
  const auto file = folder_ / "study" / "key.csv";
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  const auto key = read_reader_study_key(file);
  EXPECT_EQ(key.study.size(), 16);
  EXPECT_THAT(key.cases.front().id, HasSubstr("CANARY-id"));
}

TEST_F(ReaderStudy, AnotherStudysKeyIsNotOverwritten) {
  run(export_command("--n 6"));
  run(export_command("--n 6")); // the same one again
  EXPECT_THAT(refusal([&] { run(export_command("--n 5")); }), HasSubstr("key.csv: study: expected"));
}

TEST_F(ReaderStudy, RefusesARunOfOtherImages) {
  EXPECT_THAT(refusal([&] { make_reader_study(options(7)); }), HasSubstr("at least 7 samples"));
  write_set(folder_ / "run" / "results.h5", 1, "other");
  EXPECT_THAT(refusal([&] { make_reader_study(options()); }), HasSubstr("ids, sample 0: expected CANARY-id-0"));
  write_set(folder_ / "run" / "results.h5", 1, "CANARY-id", 5);
  EXPECT_THAT(refusal([&] { make_reader_study(options(3)); }), HasSubstr("6 samples"));
}

TEST_F(ReaderStudy, TheKeyReadsBack) {
  const auto file = folder_ / "key.csv";
  test::put_bytes(file, key_csv({"abc", {{"a,\"b\"", true}, {"c", false}}}));
  const auto key = read_reader_study_key(file);
  EXPECT_EQ(key.cases.at(0).id, "a,\"b\"");
  EXPECT_TRUE(key.cases.at(0).original_is_left);
  EXPECT_FALSE(key.cases.at(1).original_is_left);
  test::put_bytes(file, "study,case,id,left\nabc,1,a,original\nabc,3,b,original\n");
  EXPECT_THAT(refusal([&] { read_reader_study_key(file); }), HasSubstr("key.csv:3: case: expected 2"));
  test::put_bytes(file, "study,case,id,left\nabc,1,a,original\nabd,2,b,original\n");
  EXPECT_THAT(refusal([&] { read_reader_study_key(file); }), HasSubstr("key.csv:3: study: expected abc"));
}

TEST_F(ReaderStudy, NumbersOfOneReader) {
  const auto key = key_of(5);
  const auto readers = {read_reader_scores(write_scores("AB", {5, 5, 4, 3, 5}), key, false)};
  const auto tables = reader_study_tables("abc", readers, Published(), {.resamples = 200});
  ASSERT_EQ(tables.size(), 2);
  const auto& scores = tables[0];
  EXPECT_EQ(cell(scores, "AB", "n").value, 5);
  EXPECT_DOUBLE_EQ(cell(scores, "AB", "mean").value, 4.4);
  EXPECT_NEAR(cell(scores, "AB", "sd").value, std::sqrt(0.8), 1e-12);
  EXPECT_EQ(cell(scores, "AB", "median").value, 5);
  EXPECT_EQ(cell(scores, "AB", "min").value, 3);
  EXPECT_EQ(cell(scores, "AB", "max").value, 5);
  EXPECT_EQ(cell(scores, "AB", "seconds").value, 2.5);
  EXPECT_EQ(cell(scores, "AB", "mean").published, 4.51);
  EXPECT_EQ(cell(scores, "AB", "seconds").published, std::nullopt);
  EXPECT_LT(cell(scores, "AB", "mean").interval.low, 4.4);
  EXPECT_GT(cell(scores, "AB", "mean").interval.high, 4.4);
  EXPECT_EQ(cell(tables[1], "AB", "score_5").value, 3);
  EXPECT_EQ(cell(tables[1], "AB", "score_3").value, 1);
  EXPECT_EQ(cell(tables[1], "AB", "score_1").value, 0);
}

TEST_F(ReaderStudy, AgreementOfReaders) {
  const auto key = key_of(4);
  const auto a = read_reader_scores(write_scores("A", {5, 4, 3, 5}), key, false);
  const auto b = read_reader_scores(write_scores("B", {5, 4, 4, 4}), key, false);
  const auto c = read_reader_scores(write_scores("C", {5, 4, 3, 0}), key, true);
  const auto two = reader_study_tables("abc", {a, b}, Published(), {.resamples = 200});
  EXPECT_DOUBLE_EQ(cell(two.at(0), "Mean over readers", "mean").value, 4.25);
  EXPECT_DOUBLE_EQ(cell(two.at(2), "A – B", "exact").value, 0.5);
  // Chance agrees in 5/16 of the pairings of a case of A with one of B, and is 3/4 of a step off in the mean; they are 1/2 off.
  EXPECT_NEAR(cell(two.at(2), "A – B", "kappa").value, (8 / 16.0 - 5 / 16.0) / (11 / 16.0), 1e-12);
  EXPECT_NEAR(cell(two.at(2), "A – B", "kappa_linear").value, 1 - 0.5 / 0.75, 1e-12);
  EXPECT_LE(cell(two.at(2), "A – B", "kappa_quadratic").interval.low, cell(two.at(2), "A – B", "kappa_quadratic").value);
  const auto three = reader_study_tables("abc", {a, b, c}, Published(), {.resamples = 200});
  EXPECT_EQ(three.at(2).rows.size(), 4);
  EXPECT_EQ(cell(three.at(2), "A – C", "n").value, 3);
  EXPECT_DOUBLE_EQ(cell(three.at(2), "A – C", "kappa_quadratic").value, 1);
  EXPECT_NEAR(cell(three.at(2), "Mean over pairs", "exact").value, (2 / 3.0 + 1 + 2 / 3.0) / 3, 1e-12);
}

TEST_F(ReaderStudy, RefusalsNameFileRowAndField) {
  const auto key = key_of(3);
  const auto refused = [&](const std::string& rows) {
    test::put_bytes(folder_ / "r.csv", "study,reader,case,score,seconds,comment,time\n" + rows);
    return refusal([&] { read_reader_scores(folder_ / "r.csv", key, false); });
  };
  EXPECT_THAT(refused("abc,A,1,5,1,,\nabd,A,2,5,1,,\n"), HasSubstr("r.csv:3: study: expected abc, as the key has"));
  EXPECT_THAT(refused("abc,,1,5,1,,\n"), HasSubstr("r.csv:2: reader: "));
  EXPECT_THAT(refused("abc,A,1,5,1,,\nabc,B,2,5,1,,\n"), HasSubstr("r.csv:3: reader: expected A"));
  EXPECT_THAT(refused("abc,A,4,5,1,,\n"), HasSubstr("r.csv:2: case: expected 1 to 3"));
  EXPECT_THAT(refused("abc,A,1,5,1,,\nabc,A,1,5,1,,\n"), HasSubstr("r.csv:3: case: expected each case once"));
  EXPECT_THAT(refused("abc,A,1,6,1,,\n"), HasSubstr("r.csv:2: score: expected 1 to 5"));
  EXPECT_THAT(refused("abc,A,1,4.5,1,,\n"), HasSubstr("r.csv:2: score: "));
  EXPECT_THAT(refused("abc,A,1,,1,,\n"), HasSubstr("r.csv:2: score: expected 1 to 5, found nothing"));
  EXPECT_THAT(refused("abc,A,1,5,-1,,\n"), HasSubstr("r.csv:2: seconds: "));
  EXPECT_THAT(refused("abc,A,2,5,1,,\n"), HasSubstr("none for 1, 3"));
  EXPECT_THAT(refused(""), HasSubstr("at least one"));
}

TEST_F(ReaderStudy, ImportPrintsAndWritesTables) {
  test::put_bytes(folder_ / "key.csv", key_csv({"abc", {{"id-7", true}, {"id-2", false}}}));
  const auto a = write_scores("A", {5, 4}), b = write_scores("B", {5, 3});
  const auto arguments = [&](const fs::path& second, const std::string& more) {
    return fmt::format("import --key {0}/key.csv {1} {2} --resamples 20 {3}", folder_.path().string(), a.string(), second.string(),
                       more);
  };
  const auto printed = run(arguments(b, fmt::format("--out {}/out", folder_.path().string())));
  EXPECT_THAT(printed, HasSubstr("| A                 | this study"));
  EXPECT_THAT(printed, HasSubstr("published"));
  EXPECT_EQ(printed, test::file_bytes(folder_ / "out" / "reader_study.md"));
  EXPECT_THAT(test::file_bytes(folder_ / "out" / "reader_study.csv"), HasSubstr("reader_scores,abc,B,mean,4,"));
  EXPECT_THAT(test::file_bytes(folder_ / "out" / "reader_study.tex"), HasSubstr("\\toprule"));
  EXPECT_THAT(test::file_bytes(folder_ / "out" / "scores.csv"), HasSubstr("abc,B,2,id-2,reconstruction,3,1.5,,"));
  EXPECT_THAT(run(arguments(b, "--json")), HasSubstr("{\"tables\":[{"));
  EXPECT_THAT(refusal([&] { run(arguments(a, "")); }), HasSubstr("reader: expected another than that of"));
}

} // namespace
} // namespace cxr
