// The words of a report of leaks.
#include "report/text/leak_text.h"

#include "report/text/stack_text.h"
#include "report/text/summary.h"
#include "report/text/words.h"
#include "report/text/wrap.h"

namespace padlock::report {
namespace {

void print_prefix(std::int32_t process, TextWriter& out) {
  out.append("==").signed_decimal(process).append("==");
}

void amount_words(TextWriter& out, std::uint64_t bytes, std::uint64_t blocks) {
  out.counted(bytes, "byte").append(" in ").counted(blocks, "block");
}

void print_item(std::string_view words, TextWriter& out) {
  out.append("  - ");
  print_wrapped(out, words, 4, 4);
}

}  // namespace

void print_leak_head(const LeakTotals& totals, std::int32_t process, TextWriter& out) noexcept {
  print_prefix(process, out);
  out.append("ERROR: Padlock: leak: ");
  amount_words(out, totals.bytes, totals.blocks);
  out.append(" never freed and no longer reachable\n");
}

void print_leak_group(const LeakGroup& group, const Stack& allocated, Painter& out) noexcept {
  TextWriter& text = out.text();
  text.append('\n');
  out.ink(Ink::kHeading);
  text.append(group.direct ? "Direct leak: " : "Indirect leak: ");
  amount_words(text, group.bytes, group.blocks);
  text.append(", allocated here:");
  out.ink(Ink::kPlain);
  text.append('\n');
  print_stack(allocated, text);
}

void print_leak_end(const LeakTotals& totals, const Stack& first, std::int32_t process, Style style,
                    TextWriter& text) noexcept {
  Painter out(text, style);
  text.append('\n');
  out.heading("What to do next:");
  text.append('\n');
  if (totals.any_direct) {
    print_item(
        "Begin with the direct leaks: nothing points to those blocks. Look for the pointer that was "
        "overwritten, or went out of scope, before it was freed.",
        text);
  }
  if (totals.any_indirect) {
    print_item(
        "Only leaked blocks point to the blocks of an indirect leak: they go with the direct ones, or "
        "point to one another in a circle.",
        text);
  }
  if (style.summary) print_summary("leak", first, text);
  print_prefix(process, text);
  text.append("END OF REPORT\n");
}

}  // namespace padlock::report
