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
  for (std::size_t i = 0; i < name.size() && name[i] != '('; ++i) {
    if (begins_word && depth == 0 && name.substr(i).starts_with(kNamespace)) return true;
    if (name[i] == '<') ++depth;
    if (name[i] == '>' && depth != 0) --depth;
    begins_word = name[i] == ' ';  // behind a return type
  }
  return false;
}

void drop_own_frames(Stack& stack, AddressRange own) noexcept {
  const std::size_t depth = std::min(stack.depth, kMaxFrames);
  const auto is_mine = [own](const Frame& frame) { return is_own(frame, own) || is_entry(frame, own); };
  if (std::all_of(stack.frames, stack.frames + depth, is_mine)) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < depth; ++i) {
    const Frame frame = stack.frames[i];
    if (!is_mine(frame)) {
      stack.frames[kept++] = frame;
    } else if (is_entry(frame, own)) {
      stack.frames[kept++] = by_name_alone(frame);
    }
  }
  stack.depth = kept;
}

}  // namespace padlock::report
