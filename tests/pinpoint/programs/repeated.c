// status: 134
// An instruction that repeats itself: each round of it is looked at.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void copy(char* to, const char* from, long count) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

int main(void) {
  static const char zeros[100];
  allocate_blocks();
  for (int i = 0; i < 3; ++i) copy(blocks[11], zeros, kSize);
  copy(blocks[11], zeros, kSize + 3);
  free_blocks();
  return 0;
}
