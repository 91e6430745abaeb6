// What becomes of a thread's cache and state when it ends.
#pragma once

namespace padlock::runtime {

/// On the thread that ends: its blocks go home, its state to the pool. Calls that still come borrow one.
void on_thread_end() noexcept;

}  // namespace padlock::runtime
