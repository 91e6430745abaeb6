// To measure, with a bound that is too large, cut off, and again into a longer block.
// expect: nothing
#define _GNU_SOURCE
#include <stdio.h>

#include "../misuse.h"

int main(void) {
  if (snprintf(NULL, 0, "%d %s", 12, "abc") != 6) return 1;
  char* block = hide(malloc(7));
  if (snprintf(block, 7, "%d %s", 12, "abc") != 6 || strcmp(block, "12 abc") != 0) return 1;
  if (snprintf(block, 1000, "%d %s", 12, "abc") != 6 || strcmp(block, "12 abc") != 0) return 1;
  if (snprintf(block, 7, "%s", "much too long") != 13 || strcmp(block, "much t") != 0) return 1;
  if (snprintf(block, 0, "%s", "nothing") != 7 || strcmp(block, "much t") != 0) return 1;
  if (sprintf(block, "%s", "sixsix") != 6) return 1;
  if (sprintf(block, "%03d%c%-2s", 7, 'x', "y") != 6 || strcmp(block, "007xy ") != 0) return 1;
  if (sprintf(block, "%.3f", 1.25) != 5) return 1;
  free(block);
  char* text = NULL;
  if (asprintf(&text, "%s%s", "a", "b") != 2 || strcmp(text, "ab") != 0) return 1;
  free(text);
  return 0;
}
