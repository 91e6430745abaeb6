/* malloc_trim() gives back what nobody uses; the program goes on in the same memory. */
#include <malloc.h>
#include <string.h>

#include "check.h"

enum { kBlocks = 200000 };

static char* blocks[kBlocks];

static long resident_kib(void) {
  long size = 0;
  long resident = 0;
  FILE* const file = fopen("/proc/self/statm", "r");
  CHECK(fscanf(file, "%ld %ld", &size, &resident) == 2);
  fclose(file);
  return resident * 4;
}

static void fill(void) {
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(100 + i % 300);
    memset(blocks[i], 1, 100);
  }
}

int main(void) {
  fill();
  const long before = resident_kib();
  CHECK(before > 60000);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
    CHECK(malloc_trim(0) == 1);
    CHECK(resident_kib() < before / 2);
    fill();
    for (int i = 0; i < kBlocks; ++i) CHECK(blocks[i][99] == 1);
  }
  return 0;
}
