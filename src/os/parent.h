// The process that started this one.
#pragma once

#include <string_view>

namespace padlock::os {

/// Whether the parent was started with a variable `name` of which `holds(value)` is true. False where /proc
/// does not say, where the value is longer than 4 KiB, and where the process is confined.
bool parent_was_started_with(std::string_view name, bool (*holds)(std::string_view value)) noexcept;

}  // namespace padlock::os
