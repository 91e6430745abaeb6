/* Large blocks whose pages are locked in memory, by the program's mlock and then all of them: guard markers,
   which the kernel refuses there, are replaced, and freed blocks are given back. */
#include <string.h>
#include <sys/mman.h>

#include "check.h"
#include "resident.h"

enum { kSize = 1 << 20, kRounds = 40, kMany = 3000 };

static void churn(int lock) {
  for (int i = 0; i < kRounds; ++i) {
    char* block = malloc(kSize + 4096 * (i % 30));
    CHECK(block != NULL);
    memset(block, 1, kSize);
    if (lock) CHECK(mlock(block, kSize) == 0);
    block = realloc(block, 2 * kSize);
    CHECK(block != NULL && block[kSize - 1] == 1);
    free(block);
  }
}

int main(void) {
  void* const probe = malloc(kSize);
  if (mlock(probe, kSize) != 0) return 0;  // the system allows no such amount here
  const long before = resident_kib();
  churn(1);
  CHECK(resident_kib() - before < 128L << 10);
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) return 0;
  churn(0);
  munlockall();
  static char* blocks[kMany];  // more than have guards that are mappings: markers
  for (int i = 0; i < kMany; ++i) CHECK((blocks[i] = malloc(300000)) != NULL);
  CHECK(mlock(blocks[kMany - 1], 300000) == 0);
  if (mlockall(MCL_FUTURE) != 0) return 0;
  for (int i = 0; i < 10; ++i) CHECK((blocks[i] = realloc(blocks[i], 600000)) != NULL);
  void* const one_more = malloc(300000);
  CHECK(one_more != NULL);
  free(one_more);
  for (int i = 0; i < kMany; ++i) free(blocks[i]);
  return 0;
}
