// The end of the process by exit(3): a last check of the heap, after everything else has run.
#pragma once

namespace padlock::runtime {

/// Start-up: registers the hook.
void watch_exit() noexcept;

}  // namespace padlock::runtime
