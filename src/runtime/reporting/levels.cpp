// One frame for each level.
#include "runtime/reporting/levels.h"

#include <algorithm>
#include <string_view>

#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

// As strip_path_prefix says.
const char* stripped(const char* file) noexcept {
  const std::string_view prefix = settings.options.strip_path_prefix.value;
  const std::string_view path = file;
  const std::size_t place = prefix.empty() ? std::string_view::npos : path.find(prefix);
  return place == std::string_view::npos ? file : file + place + prefix.size();
}

}  // namespace

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
    level.file = stripped(name.file.data());
    level.line = name.line;
  }
}

}  // namespace padlock::runtime
