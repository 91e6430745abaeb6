// The time is noted in a record that is gone.
// expect: use-after-free-write
#include <time.h>

#include "../misuse.h"

struct record {
  long number;
  struct timespec seen;
};

int main(void) {
  struct record* record = hide(malloc(sizeof *record));
  free(record);
  clock_gettime(CLOCK_MONOTONIC, &record->seen);
  return 0;
}
