/* What a program has freed and does not need goes back to the system after a while, while it goes on with
 * little. */
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "resident.h"

enum { kBlocks = 200000, kFew = 60000, kMostWaits = 600 };

static char* blocks[kBlocks];

static void fill(int count) {
  for (int i = 0; i < count; ++i) {
    blocks[i] = malloc(100 + i % 300);
    memset(blocks[i], 1, 100);
  }
}

static void empty(int count) {
  for (int i = 0; i < count; ++i) {
    CHECK(blocks[i][99] == 1);
    free(blocks[i]);
  }
}

int main(void) {
  fill(kBlocks);
  const long before = resident_kib();
  CHECK(before > 60000);
  empty(kBlocks);
  int waits = 0;
  while (resident_kib() > before / 2 && ++waits < kMostWaits) {
    fill(kFew);
    empty(kFew);
    usleep(100000);
  }
  CHECK(resident_kib() <= before / 2);
  fill(kBlocks);
  empty(kBlocks);
  return 0;
}
