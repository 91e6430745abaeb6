// One line per frame: function, then file and line or module and offset, and each build id once.
#include "report/text/stack_text.h"

#include <algorithm>

namespace padlock::report {
namespace {

// A build id says the same in every frame of its module: once a stack is enough.
bool is_first_of_build(const Stack& stack, std::size_t index) {
  const std::string_view id = Frame::text_of(stack.frames[index].build_id);
  return std::none_of(stack.frames, stack.frames + index, [id](const Frame& earlier) {
    return Frame::text_of(earlier.file).empty() && Frame::text_of(earlier.build_id) == id;
  });
}

void print_build(const Stack& stack, std::size_t index, TextWriter& out) {
  const Frame& frame = stack.frames[index];
  const std::string_view id = Frame::text_of(frame.build_id);
  const bool shown = Frame::text_of(frame.file).empty() && !Frame::text_of(frame.module).empty();
  if (shown && !id.empty() && is_first_of_build(stack, index)) {
    out.append(" (BuildId: ").printable(id).append(')');
  }
}

}  // namespace

void place_words(const Frame& frame, TextWriter& out) noexcept {
  const std::string_view function = Frame::text_of(frame.function);
  const std::string_view file = Frame::text_of(frame.file);
  const std::string_view module = Frame::text_of(frame.module);
  if (!function.empty()) {
    out.append(" in ").printable(function);
  } else if (!file.empty()) {
    out.append(" in ??");
  }
  if (frame.own_entry) return;
  if (!file.empty()) {
    out.append(' ').printable(file);
    if (frame.line != 0) out.append(':').decimal(frame.line);
  } else if (!module.empty()) {
    out.append(" (").printable(module).append('+').address(frame.offset).append(')');
  } else {
    out.append(" (unknown module)");
  }
}

void print_stack(const Stack& stack, TextWriter& out) noexcept {
  if (stack.depth == 0) out.append("    <no stack recorded>\n");
  const std::size_t depth = std::min(stack.depth, kMaxFrames);
  for (std::size_t i = 0; i < depth; ++i) {
    out.append("    #").decimal(i).append(' ').address(stack.frames[i].pc);
    place_words(stack.frames[i], out);
    print_build(stack, i, out);
    if (stack.frames[i].unloaded) out.append(" (unloaded)");
    if (stack.frames[i].inlined) out.append(" (inlined)");
    out.append('\n');
  }
}

}  // namespace padlock::report
