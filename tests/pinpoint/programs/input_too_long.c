// status: 25
// endless: line %.0f
// files: 512
// What the first run reads is more than can be kept: it gets all of it, and there is no other run.
#include <stdio.h>

#include "pinpoint/programs/pinpoint.h"

int main(void) {
  char line[40] = "";
  char wanted[40] = "";
  allocate_blocks();
  for (int i = 0; i < 200000; ++i) {
    sprintf(wanted, "line %d\n", i + 1);
    if (fgets(line, sizeof line, stdin) == NULL || strcmp(line, wanted) != 0) return 1;
  }
  poke(blocks[7], kSize, 0, 1);
  free_blocks();
  return 0;
}
