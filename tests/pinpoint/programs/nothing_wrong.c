// status: 7
// Nothing is wrong.
#include "pinpoint/programs/pinpoint.h"

int main(void) {
  allocate_blocks();
  free_blocks();
  return 7;
}
