// More distinct stacks than a megabyte holds: 15 calls deep, each by one of two functions. Padlock says so,
// once.
#include "check.h"

static void left(unsigned way, int depth);
static void right(unsigned way, int depth);

static inline __attribute__((always_inline)) void descend(unsigned way, int depth) {
  if (depth == 0) return free(OPAQUE(malloc(24)));
  (way & 1 ? left : right)(way >> 1, depth - 1);
  OPAQUE(0);  // no call is the last thing done
}

static void left(unsigned way, int depth) {
  descend(way, depth);
  OPAQUE(1);
}

static void right(unsigned way, int depth) {
  descend(way, depth);
  OPAQUE(2);
}

int main(void) {
  for (unsigned way = 0; way < 1u << 15; ++way) descend(way, 15);
  return 0;
}
