// The lines of frames, and what is made of them.
#include "report/asan/asan_stack.h"

#include "report/culprit.h"
#include "report/text/summary.h"

namespace padlock::report {
namespace {

void print_frame(const Frame& frame, std::size_t number, TextWriter& out) {
  const std::string_view function = Frame::text_of(frame.function);
  const std::string_view file = Frame::text_of(frame.file);
  const std::string_view module = Frame::text_of(frame.module);
  out.append("    #").decimal(number).append(' ').address(frame.pc - 1);
  if (!function.empty()) out.append(" in ").printable(function);
  if (!file.empty() && !frame.own_entry) {
    out.append(function.empty() ? " in ?? " : " ").printable(file);
    if (frame.line != 0) out.append(':').decimal(frame.line);
  } else if (!module.empty()) {
    out.append(" (").printable(module).append('+').address(frame.offset - 1).append(')');
    const std::string_view id = Frame::text_of(frame.build_id);
    if (!id.empty()) out.append(" (BuildId: ").printable(id).append(')');
  } else if (function.empty()) {
    out.append(" (<unknown module>)");
  }
  out.append('\n');
}

}  // namespace

void print_asan_stack(const Stack& stack, TextWriter& out) noexcept {
  if (stack.depth == 0) out.append("    #0 0x0 (<unknown module>)\n");
  std::size_t number = 0;
  for (const Frame& frame : stack) print_frame(frame, number++, out);
  out.append('\n');
}

void print_asan_thread(const Thread& thread, TextWriter& out) noexcept {
  out.append('T').decimal(thread.index == 0 ? 0 : thread.index - 1U);
}

void print_asan_summary(std::string_view name, const Stack& stack, TextWriter& out) noexcept {
  out.append("SUMMARY: AddressSanitizer: ").append(name);
  if (const Frame* const frame = own_frame_of(stack); frame != nullptr) summary_place(*frame, out);
  out.append('\n');
}

void print_dedup_token(const Stack& stack, std::size_t length, TextWriter& out) noexcept {
  if (length == 0) return;
  out.append("DEDUP_TOKEN: ");
  std::size_t count = 0;
  for (const Frame& frame : stack) {
    if (!is_of_program(frame) || count == length) continue;
    const std::string_view function = Frame::text_of(frame.function);
    if (count++ != 0) out.append("--");
    out.printable(function.empty() ? "??" : function.substr(0, 240));
  }
  out.append('\n');
}

}  // namespace padlock::report
