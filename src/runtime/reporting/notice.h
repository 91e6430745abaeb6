// Lines of Padlock's own, about itself, where reports go.
#pragma once

#include <string_view>

namespace padlock::runtime {

/// "==PID==WARNING: Padlock: ABOUT: MESSAGE". Allocates nothing; cut at a thousand bytes or so.
void warn(std::string_view about, std::string_view message) noexcept;
/// "==PID==Padlock: ABOUT: MESSAGE", with verbosity=1 or more.
void note(std::string_view about, std::string_view message) noexcept;

}  // namespace padlock::runtime
