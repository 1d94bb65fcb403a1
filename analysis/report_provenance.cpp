#include "analysis/report_provenance.h"

#include <set>

#include "analysis/html.h"
#include "core/timing.h"

namespace cxr {
namespace {

constexpr const char* kUnknown = "—";

std::string or_unknown(const std::string& text) { return text.empty() ? kUnknown : html_escape(text); }
std::string or_unknown(std::optional<std::int64_t> number) { return number ? fmt::format("{}", *number) : kUnknown; }
std::string duration(std::optional<double> seconds) { return seconds ? format_duration(*seconds) : kUnknown; }

/// "2 × 4": ranks and the threads of each.
std::string processes(std::optional<std::int64_t> ranks, std::optional<std::int64_t> threads) {
  return ranks || threads ? fmt::format("{} × {}", or_unknown(ranks), or_unknown(threads)) : kUnknown;
}

std::string code(const std::string& text) { return text.empty() ? "" : fmt::format("<code>{}</code>", html_escape(text)); }

/// "2026-11-28T05:44:53Z" as people write it.
std::string moment(std::string text) {
  if (text.size() == 20 && text[10] == 'T' && text[19] == 'Z') text = text.replace(10, 1, " ").replace(19, 1, " UTC");
  return or_unknown(text);
}

std::string short_digest(const std::string& digest) {
  constexpr std::size_t kShown = 12;
  if (digest.size() <= kShown) return or_unknown(digest);
  return fmt::format("<abbr class=\"digest\" title=\"{}\">{}…</abbr>", html_escape(digest), html_escape(digest.substr(0, kShown)));
}

/// The command as a shell takes it.
std::string command_html(const std::vector<std::string>& command, const ReportView& view) {
  if (command.empty()) return kUnknown;
  std::string line = "cxr";
  for (std::size_t i = 0; i < command.size(); ++i) {
    const auto argument = view.argument(command[i]);
    const bool is_name = i == 0; // "train unet" is two words, as the run's file has them
    const bool needs_quotes =
        !is_name && (argument.empty() || argument.find_first_of(" \t\n'\"<>|&;()$`\\*?") != std::string::npos);
    if (!needs_quotes) {
      line += " " + argument;
      continue;
    }
    std::string quoted;
    for (const char c : argument) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += fmt::format(" '{}'", quoted);
  }
  return code(line);
}

/// @param whose empty: as in the row above
std::string source_row(const RunRecord& record, std::size_t number, const std::string& whose, const ReportView& view) {
  return fmt::format(
      "<tr><th scope=\"row\">{}</th><td><a href=\"#run-{}\">{}</a></td><td "
      "class=\"command\">{}</td><td>{}</td><td>{}</td><td>{}</td>"
      "<td>{}</td><td>{}</td><td>{}</td></tr>\n",
      html_escape(whose), number + 1, html_escape(view.path(record.path)), command_html(record.command, view),
      or_unknown(record.seed), processes(record.ranks, record.threads), duration(record.seconds), or_unknown(record.device),
      or_unknown(view.text(record.host)), or_unknown(record.program_version));
}

/// A row of a list; none of what is not known.
std::string fact(const std::string& name, const std::string& html) {
  return html.empty() || html == kUnknown ? "" : fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, html);
}

std::string settings_html(const RunRecord& record, const ReportView& view) {
  std::string html;
  for (const auto& setting : record.settings) {
    std::vector<std::string> values;
    for (const auto& value : setting.values) values.push_back(view.argument(value));
    html += fact(html_escape(setting.name), code(fmt::format("{}", fmt::join(values, ", "))));
  }
  return html;
}

std::string inputs_html(const RunRecord& record, const RunRecords& records, const ReportView& view) {
  std::vector<std::string> links;
  for (const auto input : record.inputs)
    links.push_back(fmt::format("<a href=\"#run-{}\">{}</a>", input + 1, html_escape(view.path(records.all()[input].path))));
  return fmt::format("{}", fmt::join(links, ", "));
}

std::string run_html(const RunRecord& record, std::size_t number, const RunRecords& records, const ReportView& view) {
  auto html = fmt::format("<details class=\"run\"><summary><code>{}</code> {}</summary>\n<dl id=\"run-{}\">\n",
                          html_escape(view.path(record.path)), html_escape(view.text(record.what)), number + 1);
  html += fact("command", command_html(record.command, view)) + fact("program", or_unknown(record.program_version));
  html += fact("began", moment(record.began)) + fact("took", duration(record.seconds));
  html += fact("ranks × threads", processes(record.ranks, record.threads)) + fact("launches", or_unknown(record.launches));
  html += fact("device", or_unknown(record.device)) + fact("host", or_unknown(view.text(record.host)));
  html += fact("reads", inputs_html(record, records, view)) + fact("SHA-256 of the result", code(record.result_digest));
  html += "</dl>\n";
  if (const auto settings = settings_html(record, view); !settings.empty())
    html += fmt::format("<h4>Configuration</h4>\n<dl>\n{}</dl>\n", settings);
  std::string digests;
  for (const auto& [name, digest] : record.digests) digests += fact(html_escape(view.argument(name)), code(digest));
  if (!digests.empty()) html += fmt::format("<h4>SHA-256 of weights and data</h4>\n<dl>\n{}</dl>\n", digests);
  return html + "</details>\n";
}

} // namespace

std::string sources_html(const std::vector<TableSource>& sources, RunRecords& records, const ReportView& view) {
  std::string rows;
  std::set<std::size_t> distinct;
  for (const auto& source : sources) {
    std::vector<std::size_t> behind;
    for (const auto& path : source.paths) {
      for (const auto number : records.with_inputs(records.add(path))) {
        if (std::ranges::find(behind, number) == behind.end()) behind.push_back(number);
      }
    }
    for (const auto number : behind) {
      rows += source_row(records.all()[number], number, number == behind.front() ? source.whose : "", view);
      distinct.insert(number);
    }
  }
  return fmt::format(
      "<details class=\"provenance\"><summary>Where these numbers come from: {} results</summary>\n"
      "<div class=\"scroll\"><table class=\"facts\"><thead><tr><th scope=\"col\">Of</th><th scope=\"col\">Result</th>"
      "<th scope=\"col\">Command</th><th scope=\"col\">Seed</th><th scope=\"col\">Ranks × threads</th><th scope=\"col\">Time</th>"
      "<th scope=\"col\">Device</th><th scope=\"col\">Host</th><th scope=\"col\">Program</th></tr></thead>\n"
      "<tbody>\n{}</tbody></table></div></details>\n",
      distinct.size(), rows);
}

std::string runs_html(const RunRecords& records, const ReportView& view) {
  std::string html;
  for (std::size_t number = 0; number < records.all().size(); ++number)
    html += run_html(records.all()[number], number, records, view);
  return html;
}

std::string steps_html(const std::vector<StepFile>& steps, const ReportView& view) {
  if (steps.empty()) return "<p>The study has no record of its steps: its runs were made one by one.</p>\n";
  std::string rows;
  for (const auto& step : steps) {
    const auto memory =
        step.peak_memory_bytes ? fmt::format("{:.2f} GB", static_cast<double>(*step.peak_memory_bytes) / 1e9) : kUnknown;
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"words\">{}</td><td class=\"state-{}\">{}</td><td "
        "class=\"when\">{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        html_escape(view.text(step.name)), html_escape(view.text(step.what)), step.state == "done" ? "done" : "other",
        html_escape(step.state), moment(step.began), duration(step.seconds), processes(step.ranks, step.threads),
        or_unknown(step.device), or_unknown(view.text(step.host)), memory, short_digest(step.digest));
  }
  return fmt::format(
      "<div class=\"scroll\"><table class=\"facts\"><thead><tr><th scope=\"col\">Step</th><th scope=\"col\">What it does</th>"
      "<th scope=\"col\">State</th><th scope=\"col\">Began</th><th scope=\"col\">Time</th><th scope=\"col\">Ranks × threads</th>"
      "<th scope=\"col\">Device</th><th scope=\"col\">Host</th><th scope=\"col\">Peak memory</th><th scope=\"col\">Digest</th>"
      "</tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
      rows);
}

} // namespace cxr
