// What of a frame the summary names.
#include "report/text/summary.h"

#include <algorithm>

#include "report/culprit.h"

namespace padlock::report {
namespace {

constexpr std::size_t kLongestName = 240;  // bytes

std::string_view end_of(std::string_view path) {
  return path.substr(path.size() - std::min(path.size(), kLongestName));
}

}  // namespace

void summary_place(const Frame& frame, TextWriter& out) noexcept {
  const std::string_view file = Frame::text_of(frame.file);
  const std::string_view module = Frame::text_of(frame.module);
  const std::string_view function = Frame::text_of(frame.function);
  if (!file.empty()) {
    out.append(' ').printable(end_of(file));
    if (frame.line != 0) out.append(':').decimal(frame.line);
  } else if (!module.empty()) {
    out.append(" (").printable(end_of(module)).append('+').address(frame.offset).append(')');
  }
  if (!function.empty()) out.append(" in ").printable(function.substr(0, kLongestName));
}

void print_summary(std::string_view kind, const Stack& stack, TextWriter& out) noexcept {
  out.append("\nStack hash: ").hex(stack_hash(kind, stack), 16);
  out.append("\nSUMMARY: Padlock: ").append(kind);
  if (const Frame* const frame = own_frame_of(stack); frame != nullptr) summary_place(*frame, out);
  out.append('\n');
}

}  // namespace padlock::report
