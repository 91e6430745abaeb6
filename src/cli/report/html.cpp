// The page from its cards, a card from its parts.
#include "cli/report/html.h"

#include <fmt/format.h>

#include "cli/report/markup.h"
#include "cli/report/page_style.h"
#include "cli/report/picture.h"

namespace padlock::cli {
namespace {

constexpr std::int64_t kLinesAround = 3;

std::string place_of(const Json& frame) {
  const std::string file = text_at(frame, "file");
  const std::string module = text_at(frame, "module");
  if (!file.empty())
    return frame.contains("line") ? fmt::format("{}:{}", file, number_at(frame, "line")) : file;
  return module.empty() ? "" : fmt::format("({}+{})", module, text_at(frame, "offset"));
}

std::string source_of(const Json& frame, Sources& sources) {
  const std::int64_t at = number_at(frame, "line");
  const auto lines = sources.lines_around(text_at(frame, "file"), at, kLinesAround);
  if (lines.empty()) return "";
  std::string text = "<pre>";
  for (const Sources::Line& line : lines) {
    const std::string words = fmt::format("{:>5}  {}", line.number, escaped(line.text));
    text += line.number == at ? "<b>" + words + "</b>\n" : words + '\n';
  }
  return text + "</pre>";
}

// With its source lines a frame can be opened; the innermost of the stack is.
std::string frame_item(const Json& frame, bool open, Sources& sources) {
  const std::string function = text_at(frame, "function");
  std::string title = fmt::format("<span class=\"frame\">{} <span class=\"soft\">{}{}{}</span></span>",
                                  escaped(function.empty() ? "??" : function), escaped(place_of(frame)),
                                  frame.value("inlined", false) ? " (inlined)" : "",
                                  frame.value("unloaded", false) ? " (unloaded)" : "");
  const std::string source = source_of(frame, sources);
  if (source.empty())
    return "<details><summary>" + title + "</summary><p class=\"soft\">source not found</p></details>\n";
  return fmt::format("<details{}><summary>{}</summary>{}</details>\n", open ? " open" : "", title, source);
}

std::string stack_section(const Json& stack, Sources& sources) {
  const std::string thread = thread_words(stack);
  std::string text = fmt::format("<h3>{}{}</h3>\n", escaped(role_words(text_at(stack, "role"))),
                                 thread.empty() ? "" : " by " + escaped(thread));
  const Json& frames = list_at(stack, "frames");
  if (frames.empty()) return text + "<p class=\"soft\">no stack recorded</p>\n";
  bool first = true;
  for (const Json& frame : frames) {
    text += frame_item(frame, first, sources);
    first = false;
  }
  return text;
}

std::string words_list(const char* title, const Json& items) {
  if (items.empty()) return "";
  std::string text = fmt::format("<h3>{}</h3>\n<ul>", title);
  for (const Json& item : items) text += "<li>" + escaped(text_at(item, "words")) + "</li>";
  return text + "</ul>\n";
}

std::string block_words(const Json& report) {
  const Json& block = object_at(report, "block");
  if (block.empty()) return "";
  std::string text = "<p>Block <code>" + escaped(text_at(block, "address")) + "</code>";
  if (block.contains("size")) text += fmt::format(": {} bytes", number_at(block, "size"));
  if (const std::string origin = text_at(block, "origin"); !origin.empty())
    text += fmt::format(" from {}, {}", escaped(origin), escaped(text_at(block, "state")));
  if (block.contains("allocation")) text += fmt::format(", allocation #{}", number_at(block, "allocation"));
  return text + ".</p>\n";
}

std::string card_of(const ReportGroup& group, Sources& sources) {
  const Json& report = group.report;
  const std::string hash = text_at(report, "hash");
  std::string text = fmt::format(
      "<section class=\"card\" id=\"r{0}\">\n<h2><span class=\"kind\">{1}</span></h2>\n<p>{2}</p>\n"
      "<p class=\"place\"><code>{3}</code></p>\n<p class=\"soft\">Seen {4} {5}; process {6}; stack hash "
      "<code>{0}</code></p>\n",
      escaped(hash), escaped(text_at(report, "kind")), escaped(text_at(report, "headline")),
      escaped(place_of(culprit_of(report))), group.count, group.count == 1 ? "time" : "times",
      number_at(report, "process"));
  text += block_words(report);
  text += heap_picture(report);
  text += bytes_strip(report);
  text += words_list("Diagnosis", list_at(report, "diagnosis"));
  for (const Json& stack : list_at(report, "stacks")) text += stack_section(stack, sources);
  text += words_list("What to do next", list_at(report, "advice"));
  return text + "</section>\n";
}

std::string contents_of(const LoadedReports& loaded) {
  if (loaded.groups.empty()) return "<p>No reports.</p>\n";
  std::string text = "<div class=\"card\"><table><tr><th>Kind</th><th>Where</th><th>Seen</th></tr>\n";
  for (const ReportGroup& group : loaded.groups) {
    const Json& culprit = culprit_of(group.report);
    text += fmt::format("<tr><td><a href=\"#r{}\">{}</a></td><td><code>{} {}</code></td><td>{}</td></tr>\n",
                        escaped(text_at(group.report, "hash")), escaped(text_at(group.report, "kind")),
                        escaped(text_at(culprit, "function")), escaped(place_of(culprit)), group.count);
  }
  return text + "</table></div>\n";
}

}  // namespace

std::string to_html(const LoadedReports& loaded, Sources& sources) {
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<title>Padlock: {0} {1}</title>\n<style>{2}</style>\n</head>\n<body>\n<main>\n"
      "<h1>Padlock: {0} {1}</h1>\n",
      loaded.groups.size(), loaded.groups.size() == 1 ? "fault" : "faults", page_style);
  page += contents_of(loaded);
  for (const ReportGroup& group : loaded.groups) page += card_of(group, sources);
  return page + "</main>\n</body>\n</html>\n";
}

}  // namespace padlock::cli
