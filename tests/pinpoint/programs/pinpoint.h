/* What these programs share: many blocks of one call site, of which one is damaged. */
#ifndef PADLOCK_PINPOINT_H
#define PADLOCK_PINPOINT_H

#include "misuse/misuse.h"

enum { kBlocks = 20, kSize = 24 };

static char* blocks[kBlocks];

static NOINLINE void allocate_blocks(void) {
  for (int i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(kSize);
    memset(blocks[i], 'a', kSize);
  }
}

static NOINLINE void free_blocks(void) {
  for (int i = 0; i < kBlocks; ++i) free(blocks[i]);
}

#endif
