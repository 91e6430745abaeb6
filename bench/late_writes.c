/* late_writes SIZE FREES [LOWEST HIGHEST]: of 400 writes into a freed block, each after FREES further frees
 * of blocks of that size, how many Padlock finds; with bounds, in percent, whether that is within them. Run
 * it with PADLOCK_OPTIONS=halt_on_error=0:log_path=/dev/null:symbolize=0. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "padlock/padlock.h"

enum { kLive = 4096, kTrials = 400 };

static char* live[kLive];
static uint64_t state = 7;

static unsigned below(unsigned limit) {
  state = state * 6364136223846793005U + 1442695040888963407U;
  return (unsigned)((state >> 33) % limit);
}

static char* filled(size_t size) {
  char* const block = malloc(size);
  if (block == NULL) exit(2);
  block[0] = 1;
  return block;
}

static void replace_any(size_t size) {
  char** const block = &live[below(kLive)];
  free(*block);
  *block = filled(size);
}

int main(int argc, char** argv) {
  if (argc != 3 && argc != 5) return 2;
  const size_t size = strtoul(argv[1], NULL, 10);
  const long frees = strtol(argv[2], NULL, 10);
  for (int i = 0; i < kLive; ++i) live[i] = filled(size);
  for (int i = 0; i < 10 * kLive; ++i) replace_any(size);
  for (int trial = 0; trial < kTrials; ++trial) {
    char** const victim = &live[below(kLive)];
    char* volatile dangling = *victim;
    free(*victim);
    *victim = filled(size);
    for (long i = 0; i < frees; ++i) replace_any(size);
    dangling[size / 2] ^= 1;
  }
  padlock_check_heap();
  struct padlock_statistics stats = {PADLOCK_STATISTICS_VERSION, sizeof stats};
  padlock_stats(&stats);
  const double found = 100.0 * (double)stats.faults / kTrials;
  printf("%zu bytes, %ld frees later: %.1f %% of the writes found\n", size, frees, found);
  return argc == 3 || (found >= strtod(argv[3], NULL) && found <= strtod(argv[4], NULL)) ? 0 : 1;
}
