// Poisoning and unpoisoning through AddressSanitizer's interface; nothing in other builds.
#include "model/shadow.h"

#include <sanitizer/asan_interface.h>

// The model allocates a lot; none of that is under test.
extern "C" const char* __asan_default_options() {
  return "quarantine_size_mb=1:malloc_context_size=1:detect_leaks=0:allocator_may_return_null=1";
}

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
