#include "model/shadow.h"

#include <sanitizer/asan_interface.h>

namespace padlock::fuzz {

// Both macros do nothing in a build without AddressSanitizer.
void hide(const std::byte* begin, std::size_t size) noexcept {
  static_cast<void>(begin), static_cast<void>(size);
  ASAN_POISON_MEMORY_REGION(begin, size / 8 * 8);
}

void reveal(const std::byte* begin, std::size_t size) noexcept {
  static_cast<void>(begin), static_cast<void>(size);
  ASAN_UNPOISON_MEMORY_REGION(begin, size);
}

}  // namespace padlock::fuzz
