// A length that nothing has been written to.
// expect: use-of-uninitialized-value
// static: nothing
#include "../misuse.h"

struct Message {
  size_t length;
  char text[40];
};

int main(void) {
  struct Message* message = hide(malloc(sizeof *message));
  char* room = hide(calloc(1, 100));
  memset(room, 0, message->length);
  return 0;
}
