// Recognizes Padlock's frames by address, or by name where that is not possible.
#include "report/own_frames.h"

#include <algorithm>

namespace padlock::report {
namespace {

bool is_own(const Frame& frame, AddressRange own) {
  if (own.end != 0) return frame.pc > own.begin && frame.pc <= own.end;  // a pc is a return address
  return is_own_function(Frame::text_of(frame.function));
}

// malloc and its like have names that are not in our namespace.
bool is_entry(const Frame& frame, AddressRange own) {
  const std::string_view name = Frame::text_of(frame.function);
  if (name.empty() || is_own_function(name)) return false;
  if (own.end != 0) return is_own(frame, own);
  const std::string_view file = Frame::text_of(frame.file);
  return file.ends_with("/src/preload/malloc.cpp") || file.ends_with("/src/preload/new.cpp");
}

bool is_of_kernel(const Frame& frame) { return Frame::text_of(frame.module) == "[vdso]"; }

// The frame that was called, behind those that were inlined into it.
const Frame* caller_of(const Frame* frame, const Frame* end) {
  while (frame->inlined && frame + 1 != end) ++frame;
  return frame;
}

Frame by_name_alone(const Frame& frame) {
  Frame entry;
  entry.pc = frame.pc;
  entry.function = frame.function;
  entry.own_entry = true;
  return entry;
}

}  // namespace

bool is_own_function(std::string_view name) noexcept {
  constexpr std::string_view kNamespace = "padlock::";
  std::size_t depth = 0;  // of template arguments
  bool begins_word = true;
  for (std::size_t i = 0; i != name.size() && name[i] != '('; ++i) {
    if (begins_word && depth == 0 && name.substr(i).starts_with(kNamespace)) return true;
    if (name[i] == '<') ++depth;
    if (name[i] == '>' && depth != 0) --depth;
    begins_word = name[i] == ' ';  // behind a return type
  }
  return false;
}

void drop_own_frames(Stack& stack, AddressRange own) noexcept {
  const Frame* const end = stack.end();
  const auto is_mine = [own](const Frame& frame) { return is_own(frame, own) || is_entry(frame, own); };
  if (std::all_of(stack.begin(), end, [&](const Frame& frame) { return frame.inlined || is_mine(frame); }))
    return;
  std::size_t kept = 0;
  for (const Frame* first = stack.begin(); first != end;) {
    const Frame* const outer = caller_of(first, end);
    const Frame* const next = outer + 1;
    const bool called_by_own = is_of_kernel(*outer) && next != end && is_mine(*next);  // the clock
    if (called_by_own) {
      first = next;
      continue;
    }
    if (!is_mine(*outer)) {
      for (; first != next; ++first) {
        if (!first->inlined || !is_own_function(Frame::text_of(first->function)))
          stack.frames[kept++] = *first;
      }
    } else if (is_entry(*outer, own) && (next == end || !is_mine(*next))) {
      stack.frames[kept++] = by_name_alone(*outer);
    }
    first = next;
  }
  stack.depth = kept;
}

}  // namespace padlock::report
