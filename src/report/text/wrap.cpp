// Wraps text at spaces; a word that is longer than a line stays whole.
#include "report/text/wrap.h"

#include <algorithm>

namespace padlock::report {

void print_wrapped(TextWriter& out, std::string_view text, std::size_t column, std::size_t indent) noexcept {
  std::size_t room = kWidth - std::min(column, kWidth - 1);
  while (text.size() > room) {
    const std::size_t space = text.rfind(' ', room);
    if (space == std::string_view::npos || space == 0) break;
    out.append(text.substr(0, space)).append('\n').repeat(' ', indent);
    text.remove_prefix(space + 1);
    room = kWidth - std::min(indent, kWidth - 1);
  }
  out.append(text).append('\n');
}

}  // namespace padlock::report
