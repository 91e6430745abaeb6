/* The same fault, made a thousand times at one place and once at another. */
#include "check.h"

static char* allocate(void) { return malloc(24); }

__attribute__((noinline)) static void overrun(char* block) {
  block[OPAQUE(24)] = 0;
  free(block);
  __asm__ volatile(""); /* no tail call */
}

__attribute__((noinline)) static void often(void) {
  for (int i = 0; i < 1000; ++i) overrun(allocate());
}

__attribute__((noinline)) static void once(void) { overrun(allocate()); }

int main(void) {
  often();
  once();
  return 0;
}
