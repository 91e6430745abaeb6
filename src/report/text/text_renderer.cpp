// The report from its sections.
#include "report/text/text_renderer.h"

#include "report/culprit.h"
#include "report/fault_parts.h"
#include "report/text/hex_dump.h"
#include "report/text/leak_text.h"
#include "report/text/phrases.h"
#include "report/text/sections.h"
#include "report/text/summary.h"
#include "report/text/words.h"

namespace padlock::report {
namespace {

constexpr std::size_t kEndingRoom = 160;  // bytes; more than the longest ending without a summary

void print_prefix(std::int32_t process, TextWriter& out) {
  out.append("==").signed_decimal(process).append("==");
}

}  // namespace

void TextRenderer::begin(const core::Fault& fault, std::int32_t process, TextWriter& out) const noexcept {
  out.hold_back(kEndingRoom);
  print_prefix(process, out);
  out.append("ERROR: Padlock: ").append(core::to_string(fault.kind)).append(": ");
  headline(fault, out);
  out.append('\n');
}

void TextRenderer::write_head(const Report& report, TextWriter& out) const noexcept {
  Painter painter(out, style_);
  print_block(report, painter);
  print_place(report, painter);
  if (!is_trapped(report.fault)) dump_damage(report.fault, painter);
  print_findings(report, painter);
  print_suspect(report, painter);
}

void TextRenderer::write_tail(const Report& report, TextWriter& out) const noexcept {
  out.hold_back(kEndingRoom + (style_.summary ? kSummaryRoom : 0));
  Painter painter(out, style_);
  for (const StackRole role : report.diagnosis.stacks) print_stack_of(report, role, painter);
  print_since(report, painter);
  print_advice(report, painter);
  const bool cut = out.truncated();
  out.hold_back(0);
  if (cut) out.append("\n... (the report is longer than Padlock's buffer; the rest is cut)\n");
  if (style_.summary && out.room() >= kSummaryRoom + kEndingRoom / 2)
    print_summary(core::to_string(report.fault.kind), stack_of(report, culprit_of(report)), out);
  print_prefix(report.process, out);
  out.append("END OF REPORT\n");
}

void TextRenderer::begin_leaks(const LeakTotals& totals, std::int32_t process,
                               TextWriter& out) const noexcept {
  print_leak_head(totals, process, out);
}

void TextRenderer::write_leak(const LeakGroup& group, const Stack& allocated, std::int32_t /*process*/,
                              TextWriter& out) const noexcept {
  Painter painter(out, style_);
  print_leak_group(group, allocated, painter);
}

void TextRenderer::end_leaks(const LeakTotals& totals, const Stack& first, std::int32_t process,
                             TextWriter& out) const noexcept {
  print_leak_end(totals, first, process, style_, out);
}

void TextRenderer::describe(const Report& report, TextWriter& out) const noexcept {
  const core::Fault& fault = report.fault;
  Painter painter(out, style_);
  out.address(fault.address);
  if (!fault.block.present()) {
    out.append(" is in no block of the heap.\n");
    return;
  }
  out.append(" is offset ").signed_decimal(fault_offset(fault)).append(" of this block.\n");
  print_block(report, painter);
  for (const StackRole role : report.diagnosis.stacks) {
    if (role == StackRole::kAllocated || role == StackRole::kFreed) print_stack_of(report, role, painter);
  }
}

}  // namespace padlock::report
