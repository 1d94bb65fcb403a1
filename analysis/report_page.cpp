#include "analysis/report_page.h"

#include "analysis/html.h"
#include "analysis/report_figures.h"
#include "analysis/report_losses.h"
#include "analysis/report_provenance.h"
#include "analysis/report_tables.h"
#include "core/timing.h"

namespace cxr {

extern const std::string_view kReportTemplate, kReportStyle; // report.html and report.css

namespace {

struct ReportSection {
  std::string id, title, html;
};

/// "1 text encoder", "3 text encoders".
std::string counted(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

template <typename Item>
std::string names_of(const std::vector<Item>& items) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  return fmt::format("{}", fmt::join(names, "; "));
}

std::string summary_text(const Study& study, const std::vector<Table>& tables) {
  std::vector<std::string> parts;
  if (!study.arms.empty())
    parts.push_back(fmt::format("{} whose images were reconstructed and classified ({})", counted(study.arms.size(), "data set"),
                                names_of(study.arms)));
  if (!study.encoders.empty())
    parts.push_back(fmt::format("{} ({})", counted(study.encoders.size(), "text encoder"), names_of(study.encoders)));
  if (!study.bag_of_words.empty()) parts.emplace_back("a bag of words as the baseline of retrieval");
  if (!study.methods.empty()) {
    parts.push_back(fmt::format("{} to generate images with and without {}", counted(study.methods.size(), "method"),
                                study.generation.finding));
  }
  return fmt::format(
      "This study has {}. Its {} below stand beside the values that Chambon et al. published in “Adapting Pretrained "
      "Vision-Language "
      "Foundational Models to Medical Imaging Domains” (2022), where these exist.",
      fmt::join(parts, "; "), counted(tables.size(), "table"));
}

/// The tables, each with the runs behind it.
ReportSection tables_section(const Study& study, const std::vector<Table>& tables, RunRecords& records, const ReportView& view) {
  ReportSection section{
      "tables", "Tables",
      "<p class=\"in-print\">Printed without what made each number: the runs are listed in the file itself.</p>\n"};
  for (std::size_t t = 0; t < tables.size(); ++t) {
    section.html += fmt::format("<section id=\"table-{}\"><h3>{}</h3>\n{}{}</section>\n", t + 1, html_escape(tables[t].title),
                                table_html(tables[t]), sources_html(table_sources(study, tables[t]), records, view));
  }
  return section;
}

/// The results of steps that no table names: trainings whose losses are shown all the same.
void add_trainings(const Study& study, RunRecords& records) {
  const auto steps = records.steps();
  for (const auto& step : steps) {
    const bool is_training = !step.command.empty() && step.command.front() == "train";
    if (is_training && !step.out.empty() && std::filesystem::exists(study.folder / step.out)) records.add(study.folder / step.out);
  }
}

std::vector<ReportSection> sections_of(const Study& study, const std::vector<Table>& tables, const ReportView& view) {
  RunRecords records(study.folder, read_steps(study.folder));
  std::vector<ReportSection> sections = {tables_section(study, tables, records, view)};
  add_trainings(study, records);
  sections.push_back({"figures", "Figures", figures_html(study, view)});
  if (auto samples = samples_html(study, view); !samples.empty())
    sections.push_back({"samples", "Generated images", std::move(samples)});
  if (auto losses = losses_html(records.all(), view); !losses.empty())
    sections.push_back({"losses", "Trainings", std::move(losses)});
  sections.push_back({"runs", "Results and how they were made", runs_html(records, view)});
  sections.push_back({"steps", "Steps", steps_html(records.steps(), view)});
  return sections;
}

std::string contents_html(const std::vector<ReportSection>& sections, const std::vector<Table>& tables) {
  std::string html;
  for (const auto& section : sections) {
    html += fmt::format("<li><a href=\"#{}\">{}</a>", section.id, html_escape(section.title));
    if (section.id == "tables") {
      html += "<ul>\n";
      for (std::size_t t = 0; t < tables.size(); ++t)
        html += fmt::format("<li><a href=\"#table-{}\">{}</a></li>\n", t + 1, html_escape(tables[t].title));
      html += "</ul>";
    }
    html += "</li>\n";
  }
  return html;
}

std::string privacy_html(const Study& study, const ReportView& view) {
  if (!study.is_private) return "";
  return fmt::format("<p class=\"privacy\">{}</p>\n",
                     view.shows_images()
                         ? "The study is private: identifiers and texts of reports were left out of this page, images were not."
                         : "The study is private: images, identifiers and texts of reports were left out of this page; "
                           "<code>cxr report --include-images</code> puts the images in.");
}

} // namespace

std::string report_page(const Study& study, const std::vector<Table>& tables, const ReportView& view) {
  const auto sections = sections_of(study, tables, view);
  std::string body;
  for (const auto& section : sections)
    body += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", section.id, html_escape(section.title), section.html);
  return fill_template(
      kReportTemplate,
      {{"title", html_escape(study.title.empty() ? "A study with CXR-Adapt" : study.title)},
       {"style", std::string(kReportStyle)},
       {"notice", study.notice.empty() ? "" : fmt::format("<p class=\"notice\" role=\"note\">{}</p>\n", html_escape(study.notice))},
       {"privacy", privacy_html(study, view)},
       {"date", utc_now().replace(10, 1, " ").replace(19, 1, " UTC")},
       {"version", CXR_VERSION},
       {"summary", html_escape(summary_text(study, tables))},
       {"contents", contents_html(sections, tables)},
       {"body", body}});
}

} // namespace cxr
