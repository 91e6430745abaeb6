// What sscanf makes of a line in a block of its length.
// expect: nothing
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  char* line = hide(strdup("name=12 3.5 x"));
  char* name = hide(malloc(5));
  int number = 0;
  double real = 0;
  char letter = 0;
  if (sscanf(line, "%4[a-z]=%d %lf %c", name, &number, &real, &letter) != 4) return 1;
  if (strcmp(name, "name") != 0 || number != 12 || real != 3.5 || letter != 'x') return 1;
  free(name);
  free(line);
  return 0;
}
