#include <sys/stat.h>

#include <gmock/gmock.h>

#include "analysis/commands.h"
#include "analysis/html.h"
#include "analysis/study_tables.h"
#include "analysis/synthetic_generation_study.h"
#include "analysis/synthetic_report_study.h"
#include "analysis/synthetic_study.h"
#include "core/error.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class Report : public testing::Test {
 protected:
  /// The page of the study in the folder. @param options more of them
  std::string report(const std::string& options = "") {
    CLI::App root;
    const auto command = report_command(root);
    root.parse(fmt::format("report {} --resamples 20 {}", folder_.path().string(), options));
    EXPECT_EQ(command.run(), kDone);
    return test::file_bytes(folder_ / "report.html");
  }
  /// Of a study like that.
  std::string report_of(const test::ReportStudy& study, const std::string& options = "") {
    test::write_report_study(folder_.path(), study);
    return report(options);
  }
  unsigned mode() const {
    struct stat status {};
    EXPECT_EQ(::stat((folder_ / "report.html").c_str(), &status), 0);
    return status.st_mode & 0777U;
  }

  test::TemporaryFolder folder_;
};

/// What stands between two texts, the first time; empty if nothing does.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  if (from == std::string::npos) return "";
  const auto start = from + begin.size();
  return text.substr(start, text.find(end, start) - start);
}

TEST_F(Report, HasEveryTableWithItsNumbers) {
  const auto page = report_of({});
  const auto tables = study_tables(read_study(folder_.path()), {.resamples = 20});
  EXPECT_EQ(tables.size(), 12);
  for (const auto& table : tables) {
    EXPECT_THAT(page, HasSubstr(fmt::format("<h3>{}</h3>", html_escape(table.title))));
    for (const auto& note : table.notes) EXPECT_THAT(page, HasSubstr(fmt::format("<li>{}</li>", html_escape(note))));
  }
  // Mean of RMSE on the paper's scale: 205, and 31.8 published for MIMIC-CXR.
  const auto row = between(page, "<th scope=\"row\">RMSE (paper&#39;s scale)</th>", "</tr>");
  EXPECT_THAT(row, testing::StartsWith("<td class=\"own\">205.0<small>["));
  EXPECT_THAT(row, HasSubstr("</small></td><td class=\"published\">31.8</td>"));
  EXPECT_THAT(
      page, HasSubstr("1 data set whose images were reconstructed and classified (MIMIC-CXR); 2 text encoders (CLIP; Toy | BERT)"));
}

TEST_F(Report, ANumberThatDoesNotExistHasNoInterval) {
  const auto row = between(report_of({}), "<th scope=\"row\">Fracture</th>", "</tr>");
  EXPECT_THAT(row, HasSubstr("<td class=\"own\">—</td>"));
}

TEST_F(Report, TheNoticeIsItsFirstWord) {
  const auto page = report_of({.notice = "This is a toy: its numbers mean nothing."});
  EXPECT_EQ(between(page, "<main>\n", "</p>"), "<p class=\"notice\" role=\"note\">This is a toy: its numbers mean nothing.");
  EXPECT_THAT(report_of({}), Not(HasSubstr("class=\"notice\"")));
}

TEST_F(Report, NothingFromFilesIsMarkup) {
  const std::string attack = "\"><img src=x onerror=alert(1)><script>alert(1)</script>{{body}}";
  const auto page = report_of({.title = attack, .notice = attack, .name = attack});
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img src=x")));
  EXPECT_THAT(page,
              HasSubstr("<h1>&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{body}}</h1>"));
  EXPECT_THAT(page, HasSubstr("Adapt the U-Net &lt;of all&gt;")); // from a step
}

TEST_F(Report, NeedsNoNetwork) {
  const auto page = report_of({});
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'"));
  std::size_t images = 0;
  for (auto at = page.find(" src=\""); at != std::string::npos; at = page.find(" src=\"", at + 1)) {
    EXPECT_EQ(page.substr(at, 16), " src=\"data:image");
    ++images;
  }
  EXPECT_EQ(images, 2 + 2 * 2); // two figures; the images of two methods by two prompts
}

TEST_F(Report, APrivateStudyShowsNeitherImagesNorIdentifiers) {
  const auto page = report_of({.is_private = true});
  EXPECT_THAT(page, Not(HasSubstr("data:image/png")));
  EXPECT_THAT(page, Not(HasSubstr("data:image/jpeg")));
  EXPECT_THAT(page, HasSubstr("data:image/svg+xml")); // a figure of numbers stays
  EXPECT_THAT(page, HasSubstr("<svg "));              // as do losses
  for (const auto* secret : {"sample-3", "report-3", "p0001-0001", "train-2", "p10000032", "/data/files", test::kReportText})
    EXPECT_THAT(page, Not(HasSubstr(secret)));
  EXPECT_THAT(page, HasSubstr("<code>few.h5</code>"));            // of a path outside the study, its last component
  EXPECT_THAT(page, HasSubstr(html_escape(test::kPositiveText))); // the study's own words
  EXPECT_THAT(page, HasSubstr("images, identifiers and texts of reports were left out"));
  EXPECT_THAT(page, HasSubstr("<code>cxr report --include-images</code>"));
  EXPECT_EQ(mode(), 0600U);
}

TEST_F(Report, ImagesOfAPrivateStudyWhenAskedFor) {
  const auto page = report_of({.is_private = true}, "--include-images");
  EXPECT_THAT(page, HasSubstr("data:image/png"));
  EXPECT_THAT(page, HasSubstr("data:image/jpeg"));
  EXPECT_THAT(page, Not(HasSubstr("p10000032")));
  EXPECT_THAT(page, Not(HasSubstr("train-2")));
  EXPECT_EQ(mode(), 0600U);
}

TEST_F(Report, AnOpenStudyShowsAll) {
  const auto page = report_of({});
  EXPECT_THAT(page, HasSubstr("train-2")); // the nearest training image, in a table's note
  EXPECT_THAT(page, HasSubstr(test::kPatientFolder));
  EXPECT_NE(mode() & 0044U, 0U);
  EXPECT_THAT(page, Not(HasSubstr("class=\"privacy\"")));
}

TEST_F(Report, APrivateReportReplacesAnOpenOne) {
  report_of({});
  report_of({.is_private = true});
  EXPECT_EQ(mode(), 0600U);
}

TEST_F(Report, FiguresThatAreMissingAreNamed) {
  test::write_report_study(folder_.path());
  EXPECT_THAT(report(), HasSubstr("Figure 3: an original, its reconstruction"));
  fs::remove_all(folder_ / "figures");
  EXPECT_THAT(report(), HasSubstr("<code>cxr figures</code> draws them"));
}

// Table 4's numbers rest on images, which rest on a U-Net, which a step trained.
TEST_F(Report, NumbersLeadBackToWhatMadeThem) {
  const auto page = report_of({});
  const auto table4 = between(page, "<h3>Table 4.", "</section>");
  EXPECT_THAT(table4, HasSubstr("images/fid-original-negative.json</a>"));
  EXPECT_THAT(table4, HasSubstr("cxr generate --config images/original/config.toml"));
  EXPECT_THAT(table4, HasSubstr("<td>2022</td><td>3 × —</td><td>1 min 40 s</td>")); // two launches, of 90 and 10 s
  EXPECT_THAT(table4, HasSubstr("cxr train unet --images /data/files/p10/p10000032/few.h5 --seed 31"));
  EXPECT_THAT(table4, HasSubstr("<td>31</td><td>2 × 4</td><td>3 min 05 s</td><td>cuda</td><td>node7</td><td>0.0.9</td>"));
  EXPECT_THAT(between(page, "<section id=\"runs\">", "</section>"), HasSubstr(test::kWeightsDigest));
  const auto steps = between(page, "<section id=\"steps\">", "</section>");
  EXPECT_THAT(steps, HasSubstr("title=\"" + std::string(64, 'd') + "\">dddddddddddd…"));
  EXPECT_THAT(between(page, "<section id=\"losses\">", "</section>"), HasSubstr("dark the mean of the last 3"));
}

TEST_F(Report, AStudyWithoutSteps) {
  test::write_report_study(folder_.path());
  fs::remove_all(folder_ / "steps");
  const auto page = report();
  EXPECT_THAT(page, HasSubstr("The study has no record of its steps"));
  EXPECT_THAT(page, HasSubstr("cxr train unet --config runs/train/config.toml"));
}

TEST_F(Report, RefusesAFileThatIsNoStep) {
  test::write_report_study(folder_.path());
  test::write_text(folder_ / "steps" / "other.json", R"({"format": "cxr-checkpoint"})");
  EXPECT_THAT([&] { report(); }, testing::Throws<InputError>(testing::Property(&InputError::field, "format")));
}

TEST_F(Report, GoesWhereItIsTold) {
  test::write_report_study(folder_.path());
  CLI::App root;
  const auto command = report_command(root);
  root.parse(fmt::format("report {} --resamples 20 --out {}", folder_.path().string(), (folder_ / "page.html").string()));
  EXPECT_EQ(command.run(), kDone);
  EXPECT_TRUE(fs::exists(folder_ / "page.html"));
  EXPECT_FALSE(fs::exists(folder_ / "report.html"));
}

TEST(Html, EscapesWhatIsMarkup) { EXPECT_EQ(html_escape("<a b=\"c\" d='e'>&é"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;é"); }

TEST(Html, ATemplateIsFilledOnce) {
  EXPECT_EQ(fill_template("{{a}}-{{b}}", {{"a", "{{b}}"}, {"b", "{"}}), "{{b}}-{");
  EXPECT_THROW(fill_template("{{a}}", {}), LogicError);
}

} // namespace
} // namespace cxr
