// Waiting for a word to change, in the kernel.
#pragma once

#include <atomic>
#include <cstdint>

namespace padlock::os {

/// Returns when `word` is no longer `seen`, or sometimes before. Keeps errno.
void wait_while(std::atomic<std::uint32_t>& word, std::uint32_t seen) noexcept;
/// Wakes all threads of this process that wait for `word`; it has been changed before.
void wake_all(std::atomic<std::uint32_t>& word) noexcept;

}  // namespace padlock::os
