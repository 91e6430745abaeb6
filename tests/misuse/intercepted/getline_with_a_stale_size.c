// The size of the block before it was made shorter.
// expect: heap-buffer-overflow
#include <stdio.h>
#include <sys/types.h>

#include "../misuse.h"

int main(void) {
  FILE* file = fopen("/dev/null", "r");
  size_t size = 200;
  char* line = hide(malloc(size));
  line = hide(realloc(line, 20));
  getline(&line, &size, file);
  free(line);
  return 0;
}
