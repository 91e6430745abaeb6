// Memory at the same addresses in every process, so that an input takes the same edges in each: seals, poison
// and tables depend on where blocks lie.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace padlock::fuzz {

/// `bytes` (whole pages) that nothing may touch yet, for as long as the process lives; MAP_FAILED if there is
/// no memory. The first call of a process gets the same place as in every other, the second, too. From one
/// thread only.
inline void* reserve_at_same_place(std::size_t bytes) noexcept {
  // Free on Linux x86-64, also under AddressSanitizer and ThreadSanitizer, and aligned to whatever code under
  // test asks about.
  constexpr std::uintptr_t kFirst = 0x7e9000000000;
  constexpr std::uintptr_t kAlignment = 0x1000000;
  static std::uintptr_t next = kFirst;
  void* const memory = mmap(reinterpret_cast<void*>(next), bytes, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  next += (bytes + 2 * kAlignment - 1) / kAlignment * kAlignment;
  return memory;
}

}  // namespace padlock::fuzz
