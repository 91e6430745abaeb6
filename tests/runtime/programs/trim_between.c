/* trim_between [late]: malloc_trim() gives back what lies free between blocks that stay, too. late: a write
 * into it afterwards, which is found at exit. */
#include <malloc.h>
#include <string.h>

#include "check.h"
#include "resident.h"

enum { kBlocks = 200000, kOneStaysOf = 500, kSize = 300 };

static char* blocks[kBlocks];

static int stays(int i) { return i % kOneStaysOf == 0; }

static void fill(void) {
  for (int i = 0; i < kBlocks; ++i) {
    if (blocks[i] != NULL) continue;
    blocks[i] = malloc(kSize);
    memset(blocks[i], 1 + i % 100, kSize);
  }
}

static void empty(void) {
  for (int i = 0; i < kBlocks; ++i) {
    CHECK(blocks[i][0] == 1 + i % 100 && blocks[i][kSize - 1] == 1 + i % 100);
    if (stays(i)) continue;
    free(blocks[i]);
    blocks[i] = NULL;
  }
}

int main(int argc, char** argv) {
  fill();
  const long before = resident_kib();
  CHECK(before > 60000);
  for (int round = 0; round < 2; ++round) {
    empty();
    CHECK(malloc_trim(0) == 1);
    CHECK(resident_kib() < before / 3);
    if (argc == 2) {
      volatile char* const freed = blocks[kBlocks / 2] + kOneStaysOf * kSize / 2;
      *freed = 'x';
      return 0;
    }
    fill();
  }
  return 0;
}
