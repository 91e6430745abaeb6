/* A heap of several segments, the later ones several slots long: blocks that lie across a slot's boundary are
 * like any others, and so are bad pointers to there (halt_on_error=0). */
#include <malloc.h>
#include <padlock/padlock.h>
#include <stdint.h>
#include <string.h>

#include "check.h"

enum { kSlot = 1 << 24, kSize = 3000, kBlocks = 40000 };

static char* blocks[kBlocks];
static unsigned invalid_frees = 0;

static void on_fault(const struct padlock_fault* fault, void* context) {
  (void)context;
  CHECK(strcmp(fault->kind, "invalid-free") == 0);
  ++invalid_frees;
}

int main(void) {
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(kSize);
    memset(blocks[i], 1, kSize);
  }
  padlock_set_fault_callback(on_fault, NULL);
  unsigned across = 0;
  for (int i = 0; i < kBlocks; ++i) {
    char* const boundary = (char*)(((uintptr_t)blocks[i] + kSize) & -(uintptr_t)kSlot);
    if (boundary <= blocks[i] || across == 3) continue;
    ++across;
    free(OPAQUE(boundary));
    free(OPAQUE(boundary - 16));
    CHECK(invalid_frees == 2 * across);
    CHECK(padlock_describe(boundary) == 1);
    CHECK(malloc_usable_size(blocks[i]) == kSize);
    blocks[i] = realloc(blocks[i], 2 * kSize);
    CHECK(blocks[i][kSize - 1] == 1);
  }
  CHECK(across == 3);
  CHECK(padlock_check_heap() == 0);
  for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
  CHECK(padlock_check_heap() == 0);
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(kSize / 2);
    memset(blocks[i], 1, kSize / 2);
  }
  CHECK(padlock_check_heap() == 0);
  CHECK(invalid_frees == 2 * across);
  return 0;
}
