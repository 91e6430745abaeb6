// A program that poisons for AddressSanitizer.
// expect: use-after-poison
#include <stdio.h>

#include "../pool.h"

int main(void) {
  char line[100];
  char* pool = hide(malloc(4096));
  strcpy(pool + 100, "what the piece held");
  __asan_poison_memory_region(pool + 96, 32);
  snprintf(line, sizeof line, "%s", pool + 100);
  free(pool);
  return 0;
}
