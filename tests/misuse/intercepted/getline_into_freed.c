// The line of the last turn, freed by it.
// expect: use-after-free-write
#include <stdio.h>
#include <sys/types.h>

#include "../misuse.h"

int main(void) {
  FILE* file = fopen("/dev/null", "r");
  size_t size = 50;
  char* line = hide(malloc(size));
  free(line);
  getline(&line, &size, file);
  return 0;
}
