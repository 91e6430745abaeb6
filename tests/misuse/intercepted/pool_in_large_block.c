// A pool whose chunk has pages of its own; the length of a string in a piece that it has taken back.
// expect: use-after-poison
#include "../pool.h"

int main(void) {
  char* pool = hide(malloc(1 << 20));
  strcpy(pool + 500000, "name");
  if (strlen(pool + 500000) != 4) return 1;
  padlock_poison(pool + 500000, 32);
  const int length = (int)strlen(pool + 500000);
  free(pool);
  return length;
}
