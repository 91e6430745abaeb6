// One frame for each level.
#include "runtime/reporting/levels.h"

#include <algorithm>

namespace padlock::runtime {

void add_levels(report::Stack& stack, const report::Frame& frame, const trace::NameBook::Names& names,
                Levels levels) noexcept {
  const std::size_t count = std::max<std::size_t>(names.size(), 1);
  const std::size_t first = levels == Levels::kOutermost ? count - 1 : 0;
  for (std::size_t i = first; i < count && stack.depth < report::kMaxFrames; ++i) {
    report::Frame& level = stack.frames[stack.depth++];
    level = frame;
    level.inlined = i + 1 != count;
    if (i >= names.size()) continue;
    const trace::Level name = names[i];
    level.function = name.function.data();
    level.file = name.file.data();
    level.line = name.line;
  }
}

}  // namespace padlock::runtime
