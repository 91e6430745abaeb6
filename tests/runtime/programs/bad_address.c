/* Crashes at an address that was computed from what it read in a freed block; the value is still in a
 * register. */
#include <stdlib.h>

int main(void) {
  unsigned long* freed = malloc(32);
  free(freed);
  const unsigned long value = freed[1];
  const unsigned long computed = value ^ 0x00ff00ff0000ffff;
  char loaded = 0;
  __asm__ volatile("movb (%1), %0" : "=r"(loaded) : "r"(computed), "c"(value) : "memory");
  return loaded;
}
