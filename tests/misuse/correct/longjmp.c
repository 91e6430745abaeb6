// longjmp over frames that allocated: stacks are captured at depths that vanish.
// expect: nothing
#include <setjmp.h>

#include "../misuse.h"

static jmp_buf again;
static void* blocks[50];

static NOINLINE void descend(int index, int depth) {
  blocks[index] = realloc(blocks[index], 16 + (size_t)depth);
  if (depth == 0) longjmp(again, 1);
  descend(index, depth - 1);
}

int main(void) {
  for (volatile int i = 0; i < 50; ++i) {
    if (setjmp(again) == 0) descend(i, i);
  }
  for (int i = 0; i < 50; ++i) free(blocks[i]);
  return 0;
}
