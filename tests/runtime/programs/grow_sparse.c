/* A block that grows by 3 % up to a gigabyte and is hardly written to: its pages are not copied, and what was
   never touched takes no memory. */
#include "check.h"
#include "resident.h"

int main(void) {
  size_t size = 300000;
  char* block = malloc(size);
  const long before = resident_kib();
  int steps = 0;
  while (size < (size_t)1 << 30) {
    CHECK(block != NULL);
    block[size - 1] = 1;
    CHECK(block[299999] == 1);
    size = size * 103 / 100;
    block = realloc(block, size);
    ++steps;
  }
  CHECK(resident_kib() - before < 16L * steps + 4096);
  free(block);
  return 0;
}
