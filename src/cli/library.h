// Which libpadlock.so the command preloads: where it is looked for, and in which order.
#pragma once

#include <string>

namespace padlock::cli {

/// Absolute path of the library to preload: `given` (the value of PADLOCK_LIBRARY) if not empty, otherwise
/// the one next to this program (../lib), otherwise the installed one. Throws Refusal (kNoLibrary) if it is
/// missing, unreadable or another library.
std::string find_library(const std::string& given);

}  // namespace padlock::cli
