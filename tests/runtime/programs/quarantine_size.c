/* What is held back of blocks beyond 32 KiB follows what is in use, between a floor and a cap. */
#include "check.h"
#include "padlock/padlock.h"

enum { kSize = 40000, kMost = 1600, kKib = 1024 };

static char* blocks[kMost];

/* After frees enough to fill it. */
static long held_back(void) {
  for (int i = 0; i < 100; ++i) free(OPAQUE(malloc(kSize)));
  struct padlock_statistics stats = {PADLOCK_STATISTICS_VERSION, sizeof stats};
  padlock_stats(&stats);
  return (long)stats.quarantined_bytes;
}

/* Full, but for less than a block. */
#define CHECK_FILLED(held, bytes) CHECK((held) <= (bytes) && (held) > (bytes)-kSize)

int main(void) {
  CHECK_FILLED(held_back(), 256 * kKib);
  for (int i = 0; i < 400; ++i) blocks[i] = malloc(kSize);
  const long held = held_back();
  CHECK(held > 400L * kSize / 100 * 6 - kSize && held < 430L * kSize / 100 * 6);
  for (int i = 400; i < kMost; ++i) blocks[i] = malloc(kSize);
  CHECK_FILLED(held_back(), 1024 * kKib);
  for (int i = 0; i < kMost; ++i) free(blocks[i]);
  CHECK_FILLED(held_back(), 256 * kKib);
  return 0;
}
