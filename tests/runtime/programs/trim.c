/* malloc_trim() gives back what nobody uses; the program goes on in the same memory. */
#include <malloc.h>
#include <string.h>

#include "check.h"
#include "resident.h"

enum { kBlocks = 200000 };

static char* blocks[kBlocks];

static void fill(void) {
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(100 + i % 300);
    memset(blocks[i], 1, 100);
  }
}

/* In the pages that go back, and in the one that does not because it is shared. */
static void check_that_nothing_stays(void) {
  enum { kFew = 60, kSize = 100 };
  volatile char* few[kFew];
  for (int i = 0; i < kFew; ++i) few[i] = malloc(kSize);
  for (int i = 1; i < kFew; ++i) free((char*)few[i]);
  malloc_trim(0);
  for (int i = 1; i < kFew; ++i) {
    for (int at = 0; at < kSize; ++at) CHECK(few[i][at] == 0);
  }
  free((char*)few[0]);
}

int main(void) {
  check_that_nothing_stays();
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
