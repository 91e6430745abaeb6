// The first and the last member of a freed object are set: not the whole block.
// expect: use-after-free-write
#include "../misuse.h"

char* volatile keep;

int main(void) {
  keep = malloc(40);
  char* object = keep;
  free(object);
  must_change(object, 0, 0x41, 4);
  must_change(object, 36, 0x42, 4);
  poke(object, 0, 0x41, 4);
  poke(object, 36, 0x42, 4);
  exit(0);
}
