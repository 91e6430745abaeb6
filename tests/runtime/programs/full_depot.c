// More distinct stacks than a megabyte holds: 15 calls deep, each call from one of two places. Padlock says
// so, once.
#include "check.h"

static void descend(unsigned way, int depth) {
  if (depth == 0) return free(OPAQUE(malloc(24)));
  if (way & 1) {
    descend(way >> 1, depth - 1);
  } else {
    descend(way >> 1, depth - 1);
  }
  OPAQUE(depth);  // no call is the last thing done
}

int main(void) {
  for (unsigned way = 0; way < 1u << 15; ++way) descend(way, 15);
  return 0;
}
