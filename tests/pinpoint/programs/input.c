// status: 134
// input: some words
// What comes from a pipe is there in each run.
#include <stdio.h>

#include "pinpoint/programs/pinpoint.h"

int main(void) {
  char line[40] = "";
  allocate_blocks();
  if (fgets(line, sizeof line, stdin) == NULL || strcmp(line, "some words\n") != 0) return 1;
  poke(blocks[7], kSize, 0, 1);
  free_blocks();
  return 0;
}
