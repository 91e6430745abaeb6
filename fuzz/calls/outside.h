// A page of text that is none of the heap's.
#pragma once

#include <sys/mman.h>

#include <cstring>

#include "model/require.h"

namespace padlock::fuzz {

/// Text that is none of the heap's, and that no sanitizer watches.
inline char* outside() {
  static char* const memory = [] {
    constexpr std::size_t kSize = 4096;
    void* const pages = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(pages != MAP_FAILED, "there is memory");
    return static_cast<char*>(pages);
  }();
  std::strcpy(memory, "plain text, 123, outside of the heap, behind which are zeros");
  return memory;
}

}  // namespace padlock::fuzz
