// Guard pages that split no mapping of the kernel's: markers in the page tables, by MADV_GUARD_INSTALL (Linux
// 6.13). Guard pages by mprotect(2) are protect() in os/memory.h.
#pragma once

#include <cstddef>

namespace padlock::os {

/// Makes whole pages inaccessible and gives their memory back; their mapping stays as it is. False, and
/// nothing done, where the kernel cannot, or will not because they are locked in memory. Keeps errno;
/// thread-safe.
bool install_guard(void* address, std::size_t size) noexcept;
/// Takes such markers away: the pages read as zero. Pages without markers keep their contents. Keeps errno;
/// thread-safe.
void remove_guard(void* address, std::size_t size) noexcept;

/// From now on install_guard() refuses, as an older kernel does. For tests and options.
void forbid_guard_markers() noexcept;

}  // namespace padlock::os
