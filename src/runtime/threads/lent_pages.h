// Pages that a thread has for the time of one call: for those that write more than there may be room for. A
// call that does not come back (the thread is cancelled in it, or a signal handler jumps out of it) leaves
// them behind: they are given back when the thread ends.
#pragma once

#include <cstddef>

namespace padlock::runtime {

/// Zeroed pages for at least `size` bytes, until give_back_pages(); null where the system has none to spare.
/// The end of a thread that has never called malloc is not seen.
/// Async-signal-safe; keeps errno, as all of these.
void* lend_pages(std::size_t size) noexcept;
/// `size`: as it was asked for. By the same thread.
void give_back_pages(void* pages, std::size_t size) noexcept;

/// The calling thread ends: whatever it has left behind.
void give_back_all_pages() noexcept;

}  // namespace padlock::runtime
