// The fortified copy, of which the compiler knew no size.
// expect: heap-buffer-overflow
#define _GNU_SOURCE
#include "../misuse.h"

volatile long sink;
void* __memcpy_chk(void*, const void*, size_t, size_t);

int main(void) {
  char from[64] = "";
  char* block = hide(malloc(40));
  ((void* (*)(void*, const void*, size_t, size_t))hide(__memcpy_chk))(block, from, 41, (size_t)-1);
  free(block);
  return 0;
}
