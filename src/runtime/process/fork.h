// fork(2) in a busy program: all locks are taken before and free after, in parent and child.
#pragma once

namespace padlock::runtime {

/// Start-up: registers the handlers.
void watch_forks() noexcept;

}  // namespace padlock::runtime
