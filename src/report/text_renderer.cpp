// The report from its sections.
#include "report/text_renderer.h"

#include "report/hex_dump.h"
#include "report/sections.h"
#include "report/words.h"
#include "report/wrap.h"

namespace padlock::report {
namespace {

constexpr std::size_t kEndingRoom = 160;  // bytes; more than the longest ending

void print_prefix(std::int32_t process, TextWriter& out) {
  out.append("==").signed_decimal(process).append("==");
}

void print_lines(std::string_view title, const LineList& lines, Painter& out) {
  if (lines.size() == 0) return;
  out.text().append('\n');
  out.heading(title);
  out.text().append('\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out.text().append("  - ");
    print_wrapped(out.text(), lines[i], 4, 4);
  }
}

void print_suspect(const LineList& suspect, Painter& out) {
  constexpr std::string_view kTitle = "Suspect: ";
  if (suspect.size() == 0) return;
  out.text().append('\n');
  out.heading(kTitle);
  print_wrapped(out.text(), suspect[0], kTitle.size(), kTitle.size());
}

}  // namespace

void render_first_line(const core::Fault& fault, std::int32_t process, TextWriter& out) noexcept {
  print_prefix(process, out);
  out.append("ERROR: Padlock: ").append(core::to_string(fault.kind)).append(": ");
  summarize(fault, out);
  out.append('\n');
}

void render_head(const Report& report, const Diagnosis& diagnosis, Style style, TextWriter& out) noexcept {
  render_first_line(report.fault, report.process, out);
  Painter painter(out, style);
  print_block(report, painter);
  print_place(report, painter);
  if (!is_trapped(report.fault)) dump_damage(report.fault, painter);
  print_lines("Diagnosis:", diagnosis.findings, painter);
  print_suspect(diagnosis.suspect, painter);
}

void render_tail(const Report& report, const Diagnosis& diagnosis, Style style, TextWriter& out) noexcept {
  out.hold_back(kEndingRoom);
  Painter painter(out, style);
  print_stacks(report, painter);
  print_last_known_good(report, painter);
  print_lines("What to do next:", diagnosis.next_steps, painter);
  const bool cut = out.truncated();
  out.hold_back(0);
  if (cut) out.append("\n... (the report is longer than Padlock's buffer; the rest is cut)\n");
  print_prefix(report.process, out);
  out.append("END OF REPORT\n");
}

void render(const Report& report, const Diagnosis& diagnosis, Style style, TextWriter& out) noexcept {
  out.hold_back(kEndingRoom);
  render_head(report, diagnosis, style, out);
  render_tail(report, diagnosis, style, out);
}

void render_description(const Report& report, Style style, TextWriter& out) noexcept {
  const core::Fault& fault = report.fault;
  Painter painter(out, style);
  out.address(fault.address);
  if (!fault.block.present()) {
    out.append(" is in no block of the heap.\n");
    return;
  }
  out.append(" is offset ").signed_decimal(fault_offset(fault)).append(" of this block.\n");
  print_block(report, painter);
  print_owners(report, painter);
}

}  // namespace padlock::report
