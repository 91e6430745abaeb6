/* Freeing blocks that were hardly touched does not make them resident. */
#include "check.h"
#include "resident.h"

enum { kBlocks = 3000, kSize = 200000, kMostFreed = 64 /* KiB, a block */ };
static char* blocks[kBlocks];

static void allocate(void) {
  for (int i = 0; i < kBlocks; ++i) {
    CHECK((blocks[i] = malloc(kSize)) != NULL);
    blocks[i][kSize / 2] = 1;
  }
}

static void free_all(void) {
  for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
}

int main(void) {
  allocate();
  const long before = resident_kib();
  for (int round = 0; round < 4; ++round) {
    free_all();
    CHECK(resident_kib() - before < (long)kBlocks * kMostFreed);
    allocate();
    CHECK(resident_kib() - before < (long)kBlocks * kMostFreed);
  }
  free_all();
  return 0;
}
