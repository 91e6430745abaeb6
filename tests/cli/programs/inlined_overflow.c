#include <stdlib.h>

static inline __attribute__((always_inline)) void release(char* block) { free(block); }

static inline __attribute__((always_inline)) void overrun(char* block) {
  ((volatile char*)block)[8] ^= 0x55;
  release(block);
}

__attribute__((noinline)) static void work(char* block) {
  overrun(block);
  __asm__ volatile("");
}

int main(void) {
  work(malloc(8));
#ifdef OTHER
  work(malloc(9));
#endif
  return 0;
}
