// calloc() with a count that is read from a freed block.
// expect: use-after-free
#include "../misuse.h"

int main(void) {
  size_t* count = hide(malloc(sizeof *count));
  *count = 3;
  free(count);
  return calloc(*(size_t*)hide(count), 24) == NULL;
}
