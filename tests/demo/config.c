// Reads "key=value"; on the way out of an error, two functions free the same line.
#include <stdlib.h>
#include <string.h>

static int parse(char* line) {
  if (strchr(line, '=') != NULL) return 0;
  free(line);
  return -1;
}

int main(void) {
  char* line = strdup("no equals sign here");
  int error = parse(line);
  free(line);
  return error;
}
