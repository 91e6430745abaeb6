/* Allocates in a few places, and then frees a block that was written beyond its end. */
#include <stdlib.h>
#include <string.h>

char* overrun;
char* freed;
char* large;
char* held;

static char* take(size_t size) { return malloc(size); }
static void release(char* block) { free(block); }

int main(void) {
  freed = take(100);
  release(freed);
  large = take(300000);
  for (int i = 0; i < 10; ++i) strcpy(take(40), "kept");
  held = take(20);
  held[21] ^= 0x55;
  overrun = take(33);
  overrun[33] ^= 0x55;
  release(overrun);
  return 0;
}
