// One line per frame: function and place, or module and offset, and each build id once.
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

void print_module(const Stack& stack, std::size_t index, TextWriter& out) {
  const Frame& frame = stack.frames[index];
  const std::string_view module = Frame::text_of(frame.module);
  if (module.empty()) {
    if (Frame::text_of(frame.function).empty()) out.append(" (unknown module)");
    return;
  }
  out.append(" (").printable(module).append('+').address(frame.offset).append(')');
  const std::string_view id = Frame::text_of(frame.build_id);
  if (id.empty() || !is_first_of_build(stack, index)) return;
  out.append(" (BuildId: ").printable(id).append(')');
}

void print_frame(const Stack& stack, std::size_t index, TextWriter& out) {
  const Frame& frame = stack.frames[index];
  out.append("    #").decimal(index).append(' ').address(frame.pc);
  const std::string_view function = Frame::text_of(frame.function);
  const std::string_view file = Frame::text_of(frame.file);
  if (!function.empty()) out.append(" in ").printable(function);
  if (file.empty()) {
    print_module(stack, index, out);
  } else {
    out.append(' ').printable(file);
    if (frame.line != 0) out.append(':').decimal(frame.line);
  }
  out.append('\n');
}

}  // namespace

void print_stack(const Stack& stack, TextWriter& out) noexcept {
  if (stack.depth == 0) out.append("    <no stack recorded>\n");
  const std::size_t depth = std::min(stack.depth, kMaxFrames);
  for (std::size_t i = 0; i < depth; ++i) print_frame(stack, i, out);
}

}  // namespace padlock::report
