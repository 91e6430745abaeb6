// status: 25
// options: --runs=3
// The bug is there in the first run only.
#include <fcntl.h>

#include "pinpoint/programs/pinpoint.h"

int main(void) {
  allocate_blocks();
  const int mark = open(getenv("MARK"), O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (mark >= 0) poke(blocks[7], kSize, 0, 1);
  free_blocks();
  return 0;
}
