// One line that grows, beginning with none, with a size of none, and with one of the program.
// expect: nothing
#include <stdio.h>
#include <sys/types.h>

#include "../misuse.h"

int main(void) {
  FILE* file = fopen("/proc/self/status", "r");
  char* line = NULL;
  size_t size = 0;
  long lines = 0;
  while (getline(&line, &size, file) >= 0) ++lines;
  free(line);
  rewind(file);
  line = hide(malloc(4));
  size = 4;
  while (getdelim(&line, &size, ' ', file) >= 0) ++lines;
  free(line);
  rewind(file);
  line = (char*)hide((void*)8L);
  size = 0;
  if (getline(&line, &size, file) < 0) return 1;
  free(line);
  fclose(file);
  if (lines < 10) return 1;
  return 0;
}
