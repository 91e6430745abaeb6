/* A library that is loaded, unloaded and loaded again; compiled under two names, it is the same code at the
 * same place. */
#include <stdlib.h>

__attribute__((visibility("default"))) char* MAKE(void) {
  char* block = malloc(24);
  __asm__ volatile("" : "+r"(block));
  return block;
}
