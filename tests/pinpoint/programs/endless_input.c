// status: 134
// endless: line %.0f
// Each run takes what it needs of an input that does not end, from its beginning; the second one takes more.
#include <fcntl.h>
#include <stdio.h>

#include "pinpoint/programs/pinpoint.h"

int main(void) {
  char line[40] = "";
  char wanted[40] = "";
  const int again = open(getenv("MARK"), O_CREAT | O_EXCL | O_WRONLY, 0600) < 0;
  allocate_blocks();
  for (int i = 0; i < (again ? 200000 : 3); ++i) {
    sprintf(wanted, "line %d\n", i + 1);
    if (fgets(line, sizeof line, stdin) == NULL || strcmp(line, wanted) != 0) return 1;
  }
  poke(blocks[7], kSize, 0, 1);
  free_blocks();
  return 0;
}
