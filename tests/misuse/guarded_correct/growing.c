// realloc, growing and shrinking, keeps what was there, aligned and tagged in its low bits.
// expect: nothing
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  for (int round = 0; round < 5; ++round) {
    unsigned char* bytes = hide(malloc(1));
    bytes[0] = 0;
    for (size_t size = 2; size < 3000; size += 7) {
      bytes = hide(realloc(bytes, size));
      uintptr_t tagged = (uintptr_t)bytes | 15;
      if ((void*)(tagged & ~(uintptr_t)15) != bytes) return 1;
      for (size_t i = size < 9 ? 1 : size - 7; i < size; ++i) bytes[i] = (unsigned char)i;
      for (size_t i = 0; i < size; ++i) {
        if (bytes[i] != (unsigned char)i) return 2;
      }
    }
    bytes = hide(realloc(bytes, 20));
    for (size_t i = 0; i < 20; ++i) {
      if (bytes[i] != i) return 3;
    }
    free(bytes);
  }
  return 0;
}
