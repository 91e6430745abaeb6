// By names alone: a function that does more than its name says is skipped as well.
#include "report/wrappers.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"
#include "options/suppressions.h"
#include "report/culprit.h"

namespace padlock::report {
namespace {

// docs/FORMS.md has them, too.
constexpr std::string_view kWrappers =
    "*malloc:*mallocz:*calloc:*realloc:*reallocarray:*zalloc:x*alloc*:*strdup:*strndup:*memdup:"
    "xfree:*safe_free:operator new*:operator delete*";

// Without scopes, arguments and what compilers append: "ns::xmalloc<int>(unsigned long)", "xmalloc.part.0".
std::string_view bare_name(std::string_view function) {
  constexpr std::string_view kAnonymous = "(anonymous namespace)";
  std::size_t begin = 0;
  std::size_t depth = 0;  // of template arguments
  std::size_t at = 0;
  for (; at != function.size(); ++at) {
    const std::string_view rest = function.substr(at);
    const char character = function[at];
    const bool ends = character == '.' || (character == '(' && !rest.starts_with(kAnonymous));
    if (depth == 0 && ends) break;
    if (character == '<') ++depth;
    if (character == '>' && depth != 0) --depth;
    if (depth == 0 && rest.starts_with("::")) begin = at + 2;
  }
  const std::string_view name = function.substr(begin, at - begin);
  return name.substr(0, name.find('<'));
}

bool matches_whole(std::string_view pattern, std::string_view name) {
  char buffer[520];
  TextWriter anchored(buffer);
  anchored.append('^').append(pattern).append('$');
  return !pattern.empty() && !anchored.truncated() && options::matches_pattern(anchored.view(), name);
}

bool matches_any(std::string_view patterns, std::string_view name) {
  while (!patterns.empty()) {
    const std::size_t length = std::min(patterns.find_first_of(":,"), patterns.size());
    if (matches_whole(patterns.substr(0, length), name)) return true;
    patterns.remove_prefix(std::min(length + 1, patterns.size()));
  }
  return false;
}

// The access, or the call, was made by the stack's own innermost function.
bool is_of_access(StackRole role) {
  return role != StackRole::kFoundDamage && role != StackRole::kPassed && role != StackRole::kFreedAgain &&
         role != StackRole::kRequested;
}

}  // namespace

void mark_wrappers(Stack& stack, std::string_view more) noexcept {
  Frame* const end = stack.frames + stack.depth;
  Frame* const caller = std::find_if(stack.frames, end, [more](const Frame& frame) {
    const std::string_view name = bare_name(Frame::text_of(frame.function));
    return is_of_program(frame) && !matches_any(kWrappers, name) && !matches_any(more, name);
  });
  if (caller == end) return;
  for (Frame* frame = stack.frames; frame != caller; ++frame) frame->passes_on = is_of_program(*frame);
}

void mark_wrappers(Report& report, std::string_view more) noexcept {
  for (Stack* stack :
       {&report.allocated, &report.freed, &report.neighbour_allocated, &report.pointee_allocated})
    mark_wrappers(*stack, more);
  const StackRoles& roles = report.diagnosis.stacks;
  if (!roles.empty() && !is_of_access(*roles.begin())) mark_wrappers(report.detected, more);
}

}  // namespace padlock::report
