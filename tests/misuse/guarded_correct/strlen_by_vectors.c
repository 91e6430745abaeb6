// A length found 16 bytes at a time reads beyond the end of its block, but never into another page.
// expect: nothing
// options: guard_per_site=30:guard_after=0
#include <emmintrin.h>

#include "../misuse.h"

NOINLINE static size_t length_of(const char* text) {
  const char* at = (const char*)((uintptr_t)text & ~(uintptr_t)15);
  unsigned ignored = (unsigned)(text - at);
  for (;; at += 16, ignored = 0) {
    const __m128i bytes = _mm_load_si128((const __m128i*)at);
    const unsigned zeros = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128()));
    const unsigned found = zeros >> ignored << ignored;
    if (found != 0) return (size_t)(at + __builtin_ctz(found) - text);
  }
}

int main(void) {
  for (size_t size = 1; size < 300; ++size) {
    char* text = (char*)hide(malloc(size));
    memset(text, 'v', size - 1);
    text[size - 1] = '\0';
    for (size_t from = 0; from < size && from < 20; ++from) {
      if (length_of(text + from) != size - 1 - from) return 1;
    }
    free(text);
  }
  return 0;
}
