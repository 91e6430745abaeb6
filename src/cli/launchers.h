// Programs that start another one without the environment that `padlock run` has set up.
#pragma once

#include <string>
#include <vector>

namespace padlock::cli {

/// What to write instead, as one line for the user, where `command` is such a program and its arguments show
/// that what it starts would not be guarded: sudo, su and their like, `env -i`, `env -u LD_PRELOAD`. "" where
/// not. `is_root`: who runs it, for whom su keeps the environment unless it logs in.
std::string note_of_launcher(const std::vector<std::string>& command, bool is_root);

}  // namespace padlock::cli
