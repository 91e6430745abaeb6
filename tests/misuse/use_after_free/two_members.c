// Two members of a freed object are set, 32 bytes apart: what lies between is untouched.
// expect: use-after-free-write
#include "../misuse.h"

char* volatile keep;

int main(void) {
  keep = malloc(64);
  char* object = keep;
  free(object);
  must_change(object, 0, 0x41, 4);
  must_change(object, 36, 0x42, 4);
  poke(object, 0, 0x41, 4);
  poke(object, 36, 0x42, 4);
  exit(0);
}
